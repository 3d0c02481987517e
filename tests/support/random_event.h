// Events with anything in any field, also what no agent would say and what a newer schema has:
// drawn so that fields are often alike, empty or at an edge.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <iterator>
#include <random>
#include <string>

#include "spoor/v1/event.pb.h"

namespace spoor {

class RandomEvent {
 public:
  explicit RandomEvent(uint64_t seed) : random_(seed) {}

  // As whoever reads it has it: what was drawn as an unknown field may be one that we know.
  v1::Event event() {
    v1::Event drawn, out;
    fill(drawn, 0);
    out.ParseFromString(drawn.SerializeAsString());
    return out;
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  uint64_t below(uint64_t bound) { return random_() % bound; }

  void fill(google::protobuf::Message& message, int depth) {
    const google::protobuf::Descriptor& type = *message.GetDescriptor();
    const google::protobuf::Reflection& to = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
      const Field& field = *type.field(i);
      const bool is_kind = field.real_containing_oneof() != nullptr && depth == 0;
      if (below(is_kind ? 10 : 2) != 0) continue;
      for (uint64_t n = field.is_repeated() ? below(4) : 1; n > 0; --n) put(message, field, depth);
    }
    if (below(10) == 0) {
      to.MutableUnknownFields(&message)->AddVarint(static_cast<int>(1 + below(200)), random_());
    }
    if (below(10) == 0) {
      to.MutableUnknownFields(&message)->AddGroup(7000)->AddLengthDelimited(1, text());
    }
  }

  void put(google::protobuf::Message& message, const Field& field, int depth) {
    const google::protobuf::Reflection& to = *message.GetReflection();
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        if (depth == 6 || field.is_map()) return;
        return fill(many ? *to.AddMessage(&message, &field)
                         : *to.MutableMessage(&message, &field), depth + 1);
      case Field::CPPTYPE_STRING:
        return many ? to.AddString(&message, &field, text())
                    : to.SetString(&message, &field, text());
      case Field::CPPTYPE_UINT32: {
        const auto value = static_cast<uint32_t>(number());
        return many ? to.AddUInt32(&message, &field, value)
                    : to.SetUInt32(&message, &field, value);
      }
      case Field::CPPTYPE_UINT64:
        return many ? to.AddUInt64(&message, &field, number())
                    : to.SetUInt64(&message, &field, number());
      case Field::CPPTYPE_INT32:
        return to.SetInt32(&message, &field, static_cast<int32_t>(number()));
      case Field::CPPTYPE_INT64:
        return to.SetInt64(&message, &field, static_cast<int64_t>(number()));
      case Field::CPPTYPE_BOOL: return to.SetBool(&message, &field, below(2) != 0);
      case Field::CPPTYPE_ENUM: {
        const int value = below(20) == 0 ? -1 : static_cast<int>(below(20));
        return many ? to.AddEnumValue(&message, &field, value)
                    : to.SetEnumValue(&message, &field, value);
      }
      default: return;
    }
  }

  uint64_t number() {
    constexpr uint64_t kValues[] = {0, 1, 7, 1000, 70'000, 0xffffffff, 1'795'338'135'288};
    const uint64_t n = below(std::size(kValues) + 2);
    if (n < std::size(kValues)) return kValues[n];
    return n == std::size(kValues) ? random_() : 1'795'338'135'288'000'000 + below(3);
  }

  std::string text() {
    const char* const kTexts[] = {"", "1000", "01000", "id", "/usr/bin/id", "pts/0", "a b", "a1"};
    if (below(400) == 0) return std::string(below(10'000), 'x');
    return kTexts[below(std::size(kTexts))];
  }

  std::mt19937_64 random_;
};

}  // namespace spoor
