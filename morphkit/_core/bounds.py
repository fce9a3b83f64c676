"""How much is read from files, stated once: they may come from strangers.

A file beyond a bound is refused before it is read, decoded or unpacked. Each bound is
far above what a study needs and well below what a laptop can hold; ``docs/limits.md``
explains them.
"""

#: Bytes of a file that is only hashed or copied.
FILE_BYTES = 2**32
#: Bytes of a file that is held in memory: a photograph, an archive of arrays.
HELD_BYTES = 2**30
#: Bytes of a text: a table, a landmark file, answers.
TEXT_BYTES = 2**28
#: Bytes of a JSON or TOML document.
DOCUMENT_BYTES = 2**26
#: Lists and objects inside each other in a document.
DEPTH = 48
#: Values in a document.
VALUES = 5_000_000
#: Rows of a table that people save: answers, norms.
ROWS = 2_000_000
#: Rows of a table of a pack: its images, at most.
PACK_ROWS = 100_000
#: Continua of a recipe or a pack.
CONTINUA = 10_000
#: Images of a continuum.
STEPS = 999
#: Trials of a design, over all its lists.
TRIALS = 1_000_000
#: Pixels of a photograph, and along its longer side.
PHOTO_PIXELS = 150_000_000
PHOTO_SIDE = 16_384
#: Pixels of an image in a pack.
IMAGE_PIXELS = 2**26
#: Pixels along a side of a frame.
FRAME_SIDE = 8192
#: The frame that a pack is rendered in has at most so many times the pixels of its
#: largest image, which is what is left of a frame once it is cropped.
FRAME_TIMES_IMAGE = 64
#: Pixels that a frame may have whatever the images are.
FRAME_PIXELS = 2**22
#: Arrays in a file, and the bytes that all of them say they have.
ARRAYS = 10_000
ARRAYS_BYTES = 2**28
#: Bytes of the file of a trained detector, packed and unpacked.
MODEL_BYTES = 2**24
#: Landmarks of the template of a trained detector.
TEMPLATE_POINTS = 2048
#: Values of a filter that softens an edge or a photograph.
TAPS = 4095
#: Nodes of a mesh, and points of an outline.
NODES = 2**20
OUTLINE_POINTS = 2**14
#: Characters of a text that participants read.
WORDING = 10_000
