"""What participants read in the dot-probe task.

As the files of languages say of theirs: none but the English texts has yet been read by
somebody whose language it is.
"""

_TEXTS = {
    "da": (
        "Du vil se to ansigter ved siden af hinanden, kun et øjeblik. Derefter kommer "
        "der en prik på det ene ansigts plads. Svar så hurtigt og så rigtigt som "
        "muligt, på hvilken side prikken er. Se på krydset i midten, til den "
        "kommer.",
        "Hvor er prikken?",
        ("venstre", "højre"),
    ),
    "de": (
        "Sie sehen zwei Gesichter nebeneinander, nur einen Augenblick lang. Danach "
        "erscheint am Ort des einen ein Punkt. Antworten Sie so schnell und so richtig "
        "wie möglich, auf welcher Seite er ist. Sehen Sie vorher auf das Kreuz in der "
        "Mitte.",
        "Wo ist der Punkt?",
        ("links", "rechts"),
    ),
    "en": (
        "You will see two faces side by side, only for a moment. Then a dot appears in "
        "the place of one of them. Answer as quickly and as correctly as you can on "
        "which side it is. Before that, look at the cross in the middle.",
        "Where is the dot?",
        ("left", "right"),
    ),
    "es": (
        "Verá dos caras, una al lado de la otra, solo un momento. Después aparece un "
        "punto en el lugar de una de ellas. Responda lo más rápida y correctamente "
        "posible en qué lado está. Antes, mire la cruz del centro.",
        "¿Dónde está el punto?",
        ("izquierda", "derecha"),
    ),
    "fr": (
        "Vous verrez deux visages côte à côte, un instant seulement. Ensuite un point "
        "apparaît à la place de l'un d'eux. Répondez aussi vite et aussi justement que "
        "possible de quel côté il est. Avant cela, regardez la croix au milieu.",
        "Où est le point ?",
        ("gauche", "droite"),
    ),
    "nb": (
        "Du vil se to ansikter ved siden av hverandre, bare et øyeblikk. Deretter "
        "kommer en prikk på plassen til det ene. Svar så raskt og så riktig som mulig "
        "på hvilken side den er. Se på krysset i midten før det.",
        "Hvor er prikken?",
        ("venstre", "høyre"),
    ),
    "nl": (
        "U ziet twee gezichten naast elkaar, maar heel even. Daarna komt er een stip "
        "op de plaats van een van de twee. Antwoord zo snel en zo juist mogelijk aan "
        "welke kant die is. Kijk daarvoor naar het kruis in het midden.",
        "Waar is de stip?",
        ("links", "rechts"),
    ),
    "pt": (
        "Verá dois rostos lado a lado, apenas por um momento. Depois aparece um ponto "
        "no lugar de um deles. Responda o mais rápida e corretamente possível de que "
        "lado está. Antes disso, olhe para a cruz no meio.",
        "Onde está o ponto?",
        ("esquerda", "direita"),
    ),
    "sv": (
        "Du kommer att se två ansikten bredvid varandra, bara ett ögonblick. Därefter "
        "kommer en prick på det enas plats. Svara så snabbt och så rätt som möjligt på "
        "vilken sida den är. Titta på korset i mitten innan dess.",
        "Var är pricken?",
        ("vänster", "höger"),
    ),
}

#: Language -> key -> text of the design "dot_probe".
DOT_PROBE_TEXTS = {
    tag: {
        "instructions_dot_probe": task,
        "instructions_dot_probe_feedback": task,
        "question_dot_probe": question,
        "label_left": left,
        "label_right": right,
    }
    for tag, (task, question, (left, right)) in _TEXTS.items()
}
