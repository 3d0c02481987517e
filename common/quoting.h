// Text that users of a host have chosen, made fit to be shown: nothing that comes out of here can
// paint the terminal, and what was there can be read back exactly. No state; any thread.
#pragma once

#include <string>
#include <string_view>

namespace spoor {

// One argument as a POSIX-like shell with $'…' (bash, zsh, ksh) would take it: bare where that is
// safe, 'quoted', "quoted" or $'quoted' otherwise. Control characters, bytes that are not UTF-8 and
// characters that hide or turn direction are \xNN (newline, tab and carriage return \n, \t, \r).
// `is_program`: the word stands first, where keywords and assignments have a meaning of their own.
std::string shell_quote(std::string_view argument, bool is_program = false);

// Text that is not an argument (a name, a message): without quotes, the same characters as \xNN, a
// backslash doubled.
std::string visible(std::string_view text);

}  // namespace spoor
