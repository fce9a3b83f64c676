class Landmarker:
    pass
