"""What participants read in designs that ask for one of several labels.

As the files of languages say of theirs: none but the English texts has yet been read by
somebody whose language it is.
"""

_LABELLING = {
    "da": (
        "Du vil se ét ansigt ad gangen. Vælg det ord, der passer bedst til ansigtet. "
        "Nogle ansigter er svære at bedømme. Følg dit første indtryk.",
        "Hvilket ord passer bedst til ansigtet?",
        "ved ikke",
    ),
    "de": (
        "Sie sehen jeweils ein Gesicht. Wählen Sie das Wort, das am besten zu dem "
        "Gesicht passt. Manche Gesichter sind schwer zu beurteilen. Folgen Sie Ihrem "
        "ersten Eindruck.",
        "Welches Wort passt am besten zu diesem Gesicht?",
        "weiß nicht",
    ),
    "en": (
        "You will see one face at a time. Choose the word that fits the face best. "
        "Some faces are hard to judge. Follow your first impression.",
        "Which word fits this face best?",
        "cannot tell",
    ),
    "es": (
        "Verá una cara cada vez. Elija la palabra que mejor corresponda a la cara. "
        "Algunas caras son difíciles de juzgar. Siga su primera impresión.",
        "¿Qué palabra corresponde mejor a esta cara?",
        "no lo sé",
    ),
    "fr": (
        "Vous verrez un visage à la fois. Choisissez le mot qui convient le mieux au "
        "visage. Certains visages sont difficiles à juger. Suivez votre première "
        "impression.",
        "Quel mot convient le mieux à ce visage ?",
        "je ne sais pas",
    ),
    "nb": (
        "Du vil se ett ansikt om gangen. Velg det ordet som passer best til ansiktet. "
        "Noen ansikter er vanskelige å bedømme. Følg førsteinntrykket ditt.",
        "Hvilket ord passer best til ansiktet?",
        "vet ikke",
    ),
    "nl": (
        "U ziet telkens één gezicht. Kies het woord dat het beste bij het gezicht "
        "past. Sommige gezichten zijn moeilijk te beoordelen. Volg uw eerste indruk.",
        "Welk woord past het beste bij dit gezicht?",
        "weet ik niet",
    ),
    "pt": (
        "Verá um rosto de cada vez. Escolha a palavra que melhor se adequa ao rosto. "
        "Alguns rostos são difíceis de avaliar. Siga a sua primeira impressão.",
        "Que palavra se adequa melhor a este rosto?",
        "não sei",
    ),
    "sv": (
        "Du kommer att se ett ansikte i taget. Välj det ord som passar bäst till "
        "ansiktet. En del ansikten är svåra att bedöma. Följ ditt första intryck.",
        "Vilket ord passar bäst till ansiktet?",
        "vet inte",
    ),
}
_RISING = {
    "da": "Ansigterne kommer i rækker, som begynder uden udtryk; udtrykket bliver "
    "tydeligere fra billede til billede.",
    "de": "Die Gesichter kommen in Reihen, die ohne Ausdruck beginnen; der Ausdruck "
    "wird von Bild zu Bild deutlicher.",
    "en": "The faces come in rows that begin without an expression; the expression "
    "becomes stronger from picture to picture.",
    "es": "Las caras vienen en series que empiezan sin expresión; la expresión se hace "
    "más fuerte de una imagen a otra.",
    "fr": "Les visages viennent par séries qui commencent sans expression ; "
    "l'expression devient plus forte d'une image à l'autre.",
    "nb": "Ansiktene kommer i rekker som begynner uten uttrykk; uttrykket blir "
    "tydeligere fra bilde til bilde.",
    "nl": "De gezichten komen in reeksen die zonder uitdrukking beginnen; de "
    "uitdrukking wordt van beeld tot beeld sterker.",
    "pt": "Os rostos vêm em séries que começam sem expressão; a expressão torna-se "
    "mais forte de imagem para imagem.",
    "sv": "Ansiktena kommer i rader som börjar utan uttryck; uttrycket blir tydligare "
    "från bild till bild.",
}

#: Language -> key -> text of the design "labelling".
LABELLING_TEXTS = {
    tag: {
        "instructions_labelling": task,
        "question_labelling": question,
        "label_cannot_tell": cannot_tell,
    }
    for tag, (task, question, cannot_tell) in _LABELLING.items()
}
#: Language -> key -> text of the design "identification".
IDENTIFICATION_TEXTS = {
    tag: {
        "instructions_identification": f"{task} {_RISING[tag]}",
        "question_identification": question,
    }
    for tag, (task, question, _) in _LABELLING.items()
}
