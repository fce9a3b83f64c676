"""Detectors that a lab trains on its own corrected faces, for any template.

The mesh finds the face. A linear map carries its points to the template, and steps of
supervised descent move each of them by what is seen around it.

Conventions
-----------
The *standard frame* is a square of `frame.SIDE` pixels in which the mesh lies upright:
the outer corners of its eyes are `frame.BETWEEN_EYES` pixels apart. Everything is
learnt and applied there, in pixel centres.

References
----------
.. [1] Xiong, X., & De la Torre, F. (2013). Supervised descent method and its
   applications to face alignment. https://doi.org/10.1109/CVPR.2013.75
.. [2] Dalal, N., & Triggs, B. (2005). Histograms of oriented gradients for human
   detection. https://doi.org/10.1109/CVPR.2005.177
"""
