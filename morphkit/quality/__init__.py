"""What can be measured of faces, landmarks and continua, and what is wrong."""
