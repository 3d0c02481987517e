// One session as a trail for people: a head, then what was done as a tree, in columns.
//
//   alice@web1  session web1:6.k3f  pts/0 from 127.0.0.1:45410
//   2023-11-14  20:57:19 → 20:57:21 +01:00 (2.1 s)  8 commands · 1 as root · 2 failed
//
//                 in /home/alice
//   20:57:19.811  bash -c 'id -un; …'                 120 ms  exit 7
//   20:57:19.815  ├ sudo -n id -u                       9 ms
//                 │ · sudo alice → root: id -u
//
// Many files of one command, or many connections, are counted from kRunMax on.
// A function of its input and the process's time zone (time_format.h); any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "collector/cli/trail_filter.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

struct ViewOptions {
  // Columns to stay within: commands are cut there, losses are folded. 0: nothing is cut.
  size_t width = 0;
  bool colour = false;
  // As things happened, a line each: no tree, nothing counted together.
  bool flat = false;
  // What the items are: of a kind that was asked for, all are shown.
  TrailFilter filter = {};
};

// So many lines of one command's files are shown, and as many of its connections.
inline constexpr size_t kRunMax = 20;

// The least width that has room for a command; narrower ones count as this.
inline constexpr size_t kWidthMin = 60;

// `items` as Query.Trail sends them, or what a filter left of them: the session first, the lag
// last.
std::string render_trail(const std::vector<v1::TrailItem>& items, const ViewOptions& options);

}  // namespace spoor::cli
