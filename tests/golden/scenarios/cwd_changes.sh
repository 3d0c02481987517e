# Working directories: changed, with odd names, and deleted below the process.
cd /usr && /bin/true in-usr
mkdir -p "$HOME/with space/grüße"
cd "$HOME/with space/grüße" && /bin/true in-odd-name
mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone" && /bin/true in-deleted
