# A program that runs as root because its file says so.
passwd -S
