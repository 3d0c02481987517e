# Files made, changed, renamed and removed: by path, by descriptor, and with a name that is no text.
mkdir -m 750 folder
cd folder
echo one >'a b'
chmod 4711 'a b'
ln 'a b' c
ln -s c d
mv c "$(printf 'quote\"\377')"
rm -f d ./quote*
cd ..
rmdir folder
cat /etc/shadow
