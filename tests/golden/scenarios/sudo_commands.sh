# sudo to root, to another user, and su below sudo: the login uid stays.
sudo -n id -u
sudo -n -u nobody id -u
sudo -n su -s /bin/sh -c 'id -u' nobody
sudo -n false
