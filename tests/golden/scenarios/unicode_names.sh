# A program and arguments with names outside of ASCII.
cp /bin/true 'grüße 🐾'
./'grüße 🐾' 'ünïcödé' '日本語' "$(printf '\342\200\256gnp.exe')"
