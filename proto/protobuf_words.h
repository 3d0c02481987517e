// libprotobuf writes to stderr what it thinks of a message that it cannot read, one with broken
// UTF-8 say, as often as somebody sends it. Whoever reads the message is told, and tells.
#pragma once

#include <google/protobuf/stubs/logging.h>

namespace spoor {

// It says nothing any more but why it ends the program. Once, in main(), before other threads.
inline void ignore_protobuf_words() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace spoor
