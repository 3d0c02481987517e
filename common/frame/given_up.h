// Where a stream stood behind each of the frames that the spool gave up before they were committed:
// the log may end among these, and an uplink that was started since could not tell that it is of
// its own host's history. The first 8 bytes of each chain value, as in chain_marks.h, in a file
// that the agent writes beside the segments and the uplink reads:
//
//   spoor-given-up 1\n     then the stream's id (16 bytes), then the marks (8 bytes each)
//
// Pure values.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "common/frame/format.h"

namespace spoor {

class GivenUp {
 public:
  // The oldest stay: what is on its way to the log when it is cut off has 16 MiB at most.
  static constexpr size_t kMarksMax = 8192;
  static constexpr std::string_view kHead = "spoor-given-up 1\n";
  static constexpr size_t kFileBytesMax = kHead.size() + sizeof(Id) + 8 * kMarksMax;

  void add(const Hash& chain) {
    if (marks_.size() < 8 * kMarksMax) marks_ += as_text(chain).substr(0, 8);
  }
  bool contains(const Hash& chain) const {
    const std::string_view mark = as_text(chain).substr(0, 8);
    for (size_t at = 0; at + 8 <= marks_.size(); at += 8) {
      if (std::string_view(marks_).substr(at, 8) == mark) return true;
    }
    return false;
  }

  std::string encode(const Id& stream) const {
    return std::string(kHead).append(as_text(stream)).append(marks_);
  }
  // Nothing where the file is another stream's, or none of ours.
  static GivenUp decode(std::string_view file, const Id& stream) {
    GivenUp out;
    const std::string head = GivenUp().encode(stream);
    if (file.starts_with(head)) out.marks_ = file.substr(head.size(), 8 * kMarksMax);
    return out;
  }

 private:
  std::string marks_;
};

}  // namespace spoor
