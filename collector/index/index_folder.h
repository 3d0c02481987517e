// The folder of indexes. `FOLDER/N` is one. An index is a view of the log and can be made anew:
// then the one that will take its place has a higher number, and until it does the lowest one
// answers. One that was found damaged is kept as `FOLDER/N.damaged`, for whoever wants to know what
// happened to it; of those the last.
//
// Pure but for the disk. Used by the thread that keeps the index, but for mark_index_damaged().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/files.h"

namespace spoor::collector {

std::string index_path(const std::string& folder, uint64_t number);
// Makes the folder, removes what was on its way out, and says what is there, ascending.
Result<std::vector<uint64_t>> open_index_folder(Files& files, const std::string& folder);
// Nobody has it open any more. In one step, whatever a crash leaves of it.
Status remove_index(Files& files, const std::string& folder, uint64_t number);
Status set_index_aside(Files& files, const std::string& folder, uint64_t number);

// Whoever may write there can ask for an index that is made anew: who it is, and behind a line
// feed what tells one wish from the next. `not_found`: nobody has. It stands until there is one.
Status ask_for_index(Files& files, const std::string& folder, const std::string& by);
Result<std::string> read_index_wish(Files& files, const std::string& folder);
void forget_index_wish(Files& files, const std::string& folder);

// An index that was found damaged is to be opened by nobody any more. `path`: its own.
void mark_index_damaged(Files& files, const std::string& path);
// `corrupt` where that was said.
Status check_index_mark(Files& files, const std::string& path);

}  // namespace spoor::collector
