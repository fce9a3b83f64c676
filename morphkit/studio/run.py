"""Opening the studio: a free port, a browser, and the end by Ctrl-C."""

import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from morphkit._core.web_server import LOOPBACK, listening, run_until_interrupted
from morphkit.studio.api import Studio
from morphkit.studio.study import find_study


def open_studio(
    sources: str | Path | Sequence[str | Path] = (),
    *,
    landmarks: str | Path | None = None,
    template: str | Path | None = None,
    port: int = 0,
    browser: bool = True,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Open the landmark studio, a page in the browser, and serve it until Ctrl-C.

    It answers on the loopback interface alone. Every correction is saved as it is made.

    Parameters
    ----------
    sources : str, Path or sequence of them, optional
        A recipe, the folder of a study, or photographs and folders of them; nothing
        for the study in the working directory.
    landmarks : str or Path, optional
        Folder of the landmark files of photographs; by default ``landmarks`` beside
        them. A recipe says where its landmarks are.
    template : str or Path, optional
        Landmark set of photographs; by default what their landmark files have, else
        ``ibug_68``.
    port : int, optional
        Port; 0 takes a free one.
    browser : bool, optional
        Open the browser.
    ready : callable, optional
        Called with the address once the studio answers. It opens the studio once.

    Raises
    ------
    InputError
        If there is nothing of the kind.
    OutputError
        If the port is not free.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.open_studio("study.toml")  # doctest: +SKIP
    """
    from morphkit.studio.server import Keys, make_app

    given = [sources] if isinstance(sources, str | Path) else list(sources)
    study = find_study(
        [Path(one) for one in given],
        landmarks=None if landmarks is None else Path(landmarks),
        template=template,
    )
    keys, studio = Keys(), Studio(study)
    remedy = "leave out --port to take a free one"
    with listening(LOOPBACK, port, remedy=remedy) as listener:
        port = int(listener.getsockname()[1])
        address = f"http://{LOOPBACK}:{port}/#token={keys.token}"

        def answers() -> None:
            ready(address)
            if browser:  # one in the terminal does not return
                opening = threading.Thread(target=webbrowser.open, args=(address,))
                opening.daemon = True
                opening.start()

        try:
            run_until_interrupted(make_app(studio, keys, port), listener, answers)
        finally:
            studio.close()
