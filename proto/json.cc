#include "proto/json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/reflection.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/text_width.h"

namespace spoor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::UnknownFieldSet;

// Bytes that are never text; shown as hex even when they happen to be valid UTF-8.
constexpr std::string_view kBinaryIds[] = {"boot_id", "chain",     "chain_after", "chain_before",
                                           "log_id",  "machine_id", "nonce",      "rules_hash",
                                           "session_uid", "signature", "stream"};

bool is_binary_id(const FieldDescriptor& field) {
  return std::find(std::begin(kBinaryIds), std::end(kBinaryIds), field.name()) !=
         std::end(kBinaryIds);
}

// Numbers of 64 bits that no double holds, or may not. The schema counts in varints, and writes
// what is large by nature with a fixed width; these are the exceptions.
constexpr std::string_view kLargeVarints[] = {"certificate_serial", "transaction"};

bool is_large(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_SINT64: return true;
    default:
      return std::find(std::begin(kLargeVarints), std::end(kLargeVarints), field.name()) !=
             std::end(kLargeVarints);
  }
}

// Characters that stand for themselves in a JSON string.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

size_t plain_prefix(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && kPlain[static_cast<uint8_t>(text[size])]) ++size;
  return size;
}

void append_unit(std::string& out, uint32_t unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", unit & 0xFFFF);
  out += text;
}

void append_glyph(std::string& out, std::string_view text, const Glyph& glyph) {
  if (glyph.code_point == '"' || glyph.code_point == '\\') out.push_back('\\');
  if (glyph.safe) {
    out += text.substr(0, glyph.bytes);
  } else if (glyph.code_point < 0x10000) {
    append_unit(out, glyph.code_point);
  } else {
    const uint32_t pair = glyph.code_point - 0x10000;
    append_unit(out, 0xD800 + (pair >> 10));
    append_unit(out, 0xDC00 + (pair & 0x3FF));
  }
}

// `text` is UTF-8.
void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (;;) {
    const size_t plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Glyph glyph = first_glyph(text);
    append_glyph(out, text, glyph);
    text.remove_prefix(glyph.bytes);
  }
  out.push_back('"');
}

void append_base64(std::string& out, std::string_view text) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const ByteView bytes = as_bytes(text);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t here = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < here ? bytes[i + j] : 0U);
    for (size_t j = 0; j < 4; ++j) {
      out.push_back(j <= here ? kDigits[group >> (18 - 6 * j) & 63] : '=');
    }
  }
}

void append_bytes(std::string& out, std::string_view value) {
  if (is_utf8(value)) return append_string(out, value);
  out += "{\"b64\":\"";
  append_base64(out, value);
  out += "\"}";
}

template <typename T>
void append_integer(std::string& out, T value, bool quoted = false) {
  char text[24];
  if (quoted) out.push_back('"');
  out.append(text, std::to_chars(text, std::end(text), value).ptr);
  if (quoted) out.push_back('"');
}

void append_real(std::string& out, double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  out += text;
}

void append_unknown(std::string& out, const UnknownFieldSet& unknown) {
  std::vector<int> numbers;
  for (int i = 0; i < unknown.field_count(); ++i) numbers.push_back(unknown.field(i).number());
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  out += ",\"unknown_fields\":[";
  for (const int number : numbers) {
    append_integer(out, number);
    out.push_back(',');
  }
  out.back() = ']';
}

}  // namespace

// One field of a message type, with what would otherwise be asked of its descriptor each time.
struct JsonWriter::Field {
  const FieldDescriptor* field = nullptr;
  std::string head;  // `,"name":`
  FieldDescriptor::CppType type = FieldDescriptor::CPPTYPE_INT32;
  bool has_presence = false, is_repeated = false, is_map = false, is_binary_id = false,
       is_large = false;
  const Table* message = nullptr;  // of a field that is a message
};

struct JsonWriter::Table {
  std::vector<Field> fields;

  void append(const Message& message, std::string& out) const;
  static void append_value(const Reflection& r, const Message& message, const Field& f,
                           std::string& out);
  static void append_item(const Reflection& r, const Message& message, const Field& f, int index,
                          std::string& out);
  static void append_list(const Reflection& r, const Message& message, const Field& f,
                          std::string& out);
  static void append_map(const Reflection& r, const Message& message, const Field& f,
                         std::string& out);
  static void append_text(const Field& f, const std::string& value, std::string& out);
  static void append_enum(const Field& f, int number, std::string& out);
};

void JsonWriter::Table::append_text(const Field& f, const std::string& value, std::string& out) {
  if (f.is_binary_id) out += '"' + to_hex(as_bytes(value)) + '"';
  else append_bytes(out, value);
}

void JsonWriter::Table::append_enum(const Field& f, int number, std::string& out) {
  const auto* value = f.field->enum_type()->FindValueByNumber(number);
  if (value == nullptr) return append_integer(out, number);
  out.push_back('"');
  out += value->name();
  out.push_back('"');
}

void JsonWriter::Table::append_value(const Reflection& r, const Message& message, const Field& f,
                                     std::string& out) {
  switch (f.type) {
    case FieldDescriptor::CPPTYPE_INT32: return append_integer(out, r.GetInt32(message, f.field));
    case FieldDescriptor::CPPTYPE_INT64:
      return append_integer(out, r.GetInt64(message, f.field), f.is_large);
    case FieldDescriptor::CPPTYPE_UINT32: return append_integer(out, r.GetUInt32(message, f.field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return append_integer(out, r.GetUInt64(message, f.field), f.is_large);
    case FieldDescriptor::CPPTYPE_DOUBLE: return append_real(out, r.GetDouble(message, f.field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return append_real(out, static_cast<double>(r.GetFloat(message, f.field)));
    case FieldDescriptor::CPPTYPE_BOOL:
      out += r.GetBool(message, f.field) ? "true" : "false";
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      return append_enum(f, r.GetEnumValue(message, f.field), out);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return append_text(f, r.GetStringReference(message, f.field, &scratch), out);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return f.message->append(r.GetMessage(message, f.field), out);
  }
}

// The same for one of many.
void JsonWriter::Table::append_item(const Reflection& r, const Message& message, const Field& f,
                                    int i, std::string& out) {
  switch (f.type) {
    case FieldDescriptor::CPPTYPE_INT32:
      return append_integer(out, r.GetRepeatedInt32(message, f.field, i));
    case FieldDescriptor::CPPTYPE_INT64:
      return append_integer(out, r.GetRepeatedInt64(message, f.field, i), f.is_large);
    case FieldDescriptor::CPPTYPE_UINT32:
      return append_integer(out, r.GetRepeatedUInt32(message, f.field, i));
    case FieldDescriptor::CPPTYPE_UINT64:
      return append_integer(out, r.GetRepeatedUInt64(message, f.field, i), f.is_large);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return append_real(out, r.GetRepeatedDouble(message, f.field, i));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return append_real(out, static_cast<double>(r.GetRepeatedFloat(message, f.field, i)));
    case FieldDescriptor::CPPTYPE_BOOL:
      out += r.GetRepeatedBool(message, f.field, i) ? "true" : "false";
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      return append_enum(f, r.GetRepeatedEnumValue(message, f.field, i), out);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return append_text(f, r.GetRepeatedStringReference(message, f.field, i, &scratch), out);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return f.message->append(r.GetRepeatedMessage(message, f.field, i), out);
  }
}

void JsonWriter::Table::append_list(const Reflection& r, const Message& message, const Field& f,
                                    std::string& out) {
  const int size = r.FieldSize(message, f.field);
  out.push_back('[');
  for (int i = 0; i < size; ++i) {
    if (i != 0) out.push_back(',');
    append_item(r, message, f, i, out);
  }
  out.push_back(']');
}

// Maps have keys of string type in this schema; they come in no order, so they are sorted.
void JsonWriter::Table::append_map(const Reflection& r, const Message& message, const Field& f,
                                   std::string& out) {
  const Field& key = f.message->fields[0];
  const Field& value = f.message->fields[1];
  std::vector<std::string> entries;
  for (int i = 0; i < r.FieldSize(message, f.field); ++i) {
    const Message& entry = r.GetRepeatedMessage(message, f.field, i);
    std::string& text = entries.emplace_back();
    append_value(*entry.GetReflection(), entry, key, text);
    text.push_back(':');
    append_value(*entry.GetReflection(), entry, value, text);
  }
  std::sort(entries.begin(), entries.end());
  out.push_back('{');
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i != 0) out.push_back(',');
    out += entries[i];
  }
  out.push_back('}');
}

void JsonWriter::Table::append(const Message& message, std::string& out) const {
  const Reflection& r = *message.GetReflection();
  const size_t start = out.size();
  for (const Field& f : fields) {
    if (f.has_presence && !r.HasField(message, f.field)) continue;
    out += f.head;
    if (f.is_map) append_map(r, message, f, out);
    else if (f.is_repeated) append_list(r, message, f, out);
    else append_value(r, message, f, out);
  }
  const UnknownFieldSet& unknown = r.GetUnknownFields(message);
  if (unknown.field_count() > 0) append_unknown(out, unknown);
  if (out.size() == start) out.push_back('{');
  else out[start] = '{';  // where the first comma was
  out.push_back('}');
}

JsonWriter::JsonWriter() = default;
JsonWriter::~JsonWriter() = default;

const JsonWriter::Table& JsonWriter::table_of(const Descriptor& descriptor) {
  std::unique_ptr<Table>& table = tables_[&descriptor];
  if (table != nullptr) return *table;
  table = std::make_unique<Table>();
  Table& made = *table;  // in its place before its fields: a message may hold its own kind
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    Field f{&field, ",\"" + field.name() + "\":", field.cpp_type(), field.has_presence(),
            field.is_repeated(), field.is_map(), is_binary_id(field), is_large(field), nullptr};
    if (f.type == FieldDescriptor::CPPTYPE_MESSAGE) f.message = &table_of(*field.message_type());
    made.fields.push_back(std::move(f));
  }
  return made;
}

void JsonWriter::append(const Message& message, std::string& out) {
  table_of(*message.GetDescriptor()).append(message, out);
}

std::string to_json(const Message& message) {
  std::string out;
  JsonWriter().append(message, out);
  return out;
}

}  // namespace spoor
