"""A cache of scenes prepared for rendering, limited by memory.

Statistics of a whole set need every scene before the first one is finished. Prepared
photographs are kept until their continuum is rendered, so that each is prepared once;
those of a larger set that do not fit are prepared again.
"""

from morphkit.morph.scene import PreparedScene, Scene
from morphkit.morph.settings import Rendering

#: Memory limit for prepared photographs, bytes.
MAX_BYTES = 256 << 20


class PreparedScenes:
    """Prepares scenes, and keeps those that will be needed again.

    Scenes are identified by name; names are unique in a set.

    Parameters
    ----------
    rendering : Rendering
    max_bytes : int, optional
        Memory limit for kept scenes.
    """

    def __init__(self, rendering: Rendering, max_bytes: int = MAX_BYTES) -> None:
        self.rendering = rendering
        self._free = max_bytes
        self._kept: dict[str, PreparedScene] = {}

    def once(self, scene: Scene) -> PreparedScene:
        """Return a prepared scene without keeping it."""
        return scene.prepared(self.rendering)

    def keep(self, scene: Scene) -> PreparedScene:
        """Return a prepared scene, and keep it if it fits."""
        prepared = self._kept.get(scene.name)
        if prepared is None:
            prepared = scene.prepared(self.rendering)
            if prepared.n_bytes <= self._free:
                self._free -= prepared.n_bytes
                self._kept[scene.name] = prepared
        return prepared

    def take(self, scene: Scene) -> PreparedScene:
        """Return a prepared scene, and stop keeping it."""
        prepared = self._kept.pop(scene.name, None)
        return scene.prepared(self.rendering) if prepared is None else prepared
