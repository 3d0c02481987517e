// Events as they come back of a row of the index (docs/index.md), for tests.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>

#include "spoor/v1/event.pb.h"

namespace spoor {

// Without what is left to the log: addresses in memory, which are arguments of calls.
inline v1::Event without_addresses(v1::Event event) {
  for (v1::AuditRecord& record : *event.mutable_records()) {
    for (v1::AuditField& field : *record.mutable_fields()) {
      const std::string& name = field.name();
      const bool is_argument = name == "a0" || name == "a1" || name == "a2" || name == "a3";
      const bool says_no_more = field.meaning().empty() && !field.absent() &&
                                field.GetReflection()->GetUnknownFields(field).empty();
      if (is_argument && says_no_more && field.hex() >= 65'536) field.clear_value();
    }
  }
  return event;
}

// The same bytes for the same event, also where it has maps.
inline std::string bytes_of(const v1::Event& event) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  event.SerializeToCodedStream(&coded);
  coded.Trim();
  return out;
}

}  // namespace spoor
