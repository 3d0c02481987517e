// Messages as JSON for programs: one object a line, the .proto's own names, times in
// UTC. By protobuf's reflection, so that a new field needs no code here.
//
// Fields with presence (messages, optional, oneof) are left out when unset, all others are always
// there. Enums are their names (a number that has none is a number). Counts and positions are
// numbers; 64-bit integers that pass 2^53 (times in ns, inodes, masks, syscall arguments) are
// strings of decimal digits, as in protobuf's own JSON, since most readers keep numbers as doubles.
// Bytes are a string where they are valid UTF-8 and else {"b64": "…"}; ids that are binary by
// nature are hex. Characters that could act on a terminal are \uXXXX: the same JSON string.
// Fields that this program's schema does not know are listed by number as "unknown_fields".
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <unordered_map>

namespace spoor {

// Walks each descriptor once and keeps what it learnt as a flat table. One thread.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();

  // Appends the message, without the line's end.
  void append(const google::protobuf::Message& message, std::string& out);

 private:
  struct Field;
  struct Table;
  const Table& table_of(const google::protobuf::Descriptor& descriptor);

  std::unordered_map<const google::protobuf::Descriptor*, std::unique_ptr<Table>> tables_;
};

// For one message; who has many keeps a writer.
std::string to_json(const google::protobuf::Message& message);

}  // namespace spoor
