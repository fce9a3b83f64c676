"""Scenes of a set made ready for rendering, as many as memory is set aside for.

What depends on a whole set looks at every scene before the first is finished.
Photographs that fit are kept from there to the making of their continuum, so that each
is prepared once; of a set that is larger the others are prepared again.
"""

from morphkit.morph.scene import PreparedScene, Scene
from morphkit.morph.settings import Rendering

#: Memory for prepared photographs that are kept, bytes.
MAX_BYTES = 256 << 20


class PreparedScenes:
    """Makes scenes ready, and keeps those that are needed again.

    Scenes are known by their names, which are unique in a set.

    Parameters
    ----------
    rendering : Rendering
    max_bytes : int, optional
        Memory for what is kept.
    """

    def __init__(self, rendering: Rendering, max_bytes: int = MAX_BYTES) -> None:
        self.rendering = rendering
        self._free = max_bytes
        self._kept: dict[str, PreparedScene] = {}

    def once(self, scene: Scene) -> PreparedScene:
        """Return a scene made ready that is not needed again as it is."""
        return scene.prepared(self.rendering)

    def keep(self, scene: Scene) -> PreparedScene:
        """Return a scene made ready, and keep it if it fits."""
        prepared = self._kept.get(scene.name)
        if prepared is None:
            prepared = scene.prepared(self.rendering)
            if prepared.n_bytes <= self._free:
                self._free -= prepared.n_bytes
                self._kept[scene.name] = prepared
        return prepared

    def take(self, scene: Scene) -> PreparedScene:
        """Return a scene made ready, for the last time: it is not kept any longer."""
        prepared = self._kept.pop(scene.name, None)
        return scene.prepared(self.rendering) if prepared is None else prepared
