// A message as protobuf reads it and would not write it: fields out of order, twice, as nothing, in
// parts, of other types, of longer numbers; and now and then one that it does not read at all.
#pragma once

#include <google/protobuf/descriptor.h>

#include <random>
#include <string>
#include <vector>

#include "common/byte_reader.h"
#include "collector/index/wire_fields.h"

namespace spoor::collector {

class OddWire {
 public:
  explicit OddWire(uint64_t seed) : random_(seed) {}

  // One thing of some is odd, in this message or one within it.
  std::string of(const google::protobuf::Descriptor& type, std::string_view wire) {
    std::vector<std::string> pieces;
    WireFields fields(wire);
    for (WireField field; fields.next(field);) {
      const auto* schema = type.FindFieldByNumber(static_cast<int>(field.number));
      const bool is_message = schema != nullptr && field.type == WireType::bytes &&
                              schema->message_type() != nullptr;
      std::string piece(field.whole);
      if (is_message && below(2) == 0) {
        piece = bytes(field, of(*schema->message_type(), field.bytes));
      }
      if (below(kOdd) == 0) spoil(field, piece);
      pieces.push_back(std::move(piece));
    }
    if (below(kOdd) == 0) pieces.push_back(nothing(type));
    if (!pieces.empty() && below(kOdd) == 0) std::swap(pieces[below(pieces.size())], pieces.back());
    std::string out;
    for (const std::string& piece : pieces) out += piece;
    return out;
  }

 private:
  static constexpr size_t kOdd = 60;

  size_t below(size_t bound) { return static_cast<size_t>(random_() % bound); }

  static std::string bytes(const WireField& field, std::string_view bytes) {
    std::string out;
    append_tag(out, field.number, WireType::bytes);
    append_varint(out, bytes.size());
    return out.append(bytes);
  }

  // A field of the message that says nothing, or one that nobody knows.
  std::string nothing(const google::protobuf::Descriptor& type) {
    std::string out;
    const auto number = static_cast<uint32_t>(
        below(2) == 0 ? 1 + below(130)
                      : static_cast<size_t>(type.field(static_cast<int>(
                            below(static_cast<size_t>(type.field_count()))))->number()));
    const WireType types[] = {WireType::varint, WireType::bytes, WireType::fixed32,
                              WireType::fixed64, WireType::group_begin};
    const WireType wire_type = types[below(5)];
    append_tag(out, number, wire_type);
    switch (wire_type) {
      case WireType::fixed32: return out.append(4, '\0');
      case WireType::fixed64: return out.append(8, '\0');
      case WireType::group_begin: append_tag(out, number, WireType::group_end); return out;
      default: return out.append(1, '\0');
    }
  }

  void spoil(const WireField& field, std::string& piece) {
    switch (below(6)) {
      case 0: piece += piece; return;
      case 1: piece.back() = static_cast<char>(piece.back() ^ 1 << below(8)); return;
      case 2: piece.insert(0, 1, piece[0]); piece[0] |= '\x80'; piece[1] = '\0'; return;
      case 3:
        if (field.type == WireType::varint && below(2) == 0) {
          piece.back() |= '\x80';
          piece += below(2) == 0 ? std::string(1, '\0') : std::string(below(9), '\xff') + '\x01';
        } else if (field.type == WireType::bytes) {
          const size_t at = below(field.bytes.size() + 1);
          piece = bytes(field, field.bytes.substr(0, at)) + bytes(field, field.bytes.substr(at));
        }
        return;
      case 4: piece.clear(); return;
      default:
        if (field.type == WireType::bytes) piece = bytes(field, std::string(field.bytes) + '\xc3');
        return;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace spoor::collector
