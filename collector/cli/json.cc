#include "collector/cli/json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/reflection.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>
#include <vector>

#include "collector/cli/text_width.h"
#include "common/bytes.h"

namespace spoor::cli {
namespace {

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

void append_unit(std::string& out, uint32_t unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", unit & 0xFFFF);
  out += text;
}

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
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

void append_text(std::string& out, const FieldDescriptor& field, const std::string& value) {
  if (is_binary_id(field)) {
    out += '"' + to_hex(as_bytes(value)) + '"';
  } else if (is_utf8(value)) {
    append_string(out, value);
  } else {
    out += "{\"b64\":\"";
    append_base64(out, value);
    out += "\"}";
  }
}

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

void append_message(std::string& out, const Message& message);

// The value of `field`; its `index`th where it is repeated.
void append_value(std::string& out, const Message& message, const FieldDescriptor& field,
                  int index) {
  const Reflection& r = *message.GetReflection();
  const FieldDescriptor* f = &field;
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      out += std::to_string(many ? r.GetRepeatedInt32(message, f, index) : r.GetInt32(message, f));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      out += std::to_string(many ? r.GetRepeatedInt64(message, f, index) : r.GetInt64(message, f));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      out += std::to_string(many ? r.GetRepeatedUInt32(message, f, index)
                                 : r.GetUInt32(message, f));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      out += std::to_string(many ? r.GetRepeatedUInt64(message, f, index)
                                 : r.GetUInt64(message, f));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      out += number_text(many ? r.GetRepeatedDouble(message, f, index) : r.GetDouble(message, f));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      out += number_text(static_cast<double>(many ? r.GetRepeatedFloat(message, f, index)
                                                  : r.GetFloat(message, f)));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      out += (many ? r.GetRepeatedBool(message, f, index) : r.GetBool(message, f)) ? "true"
                                                                                   : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number =
          many ? r.GetRepeatedEnumValue(message, f, index) : r.GetEnumValue(message, f);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      out += value == nullptr ? std::to_string(number) : '"' + value->name() + '"';
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      append_text(out, field,
                  many ? r.GetRepeatedStringReference(message, f, index, &scratch)
                       : r.GetStringReference(message, f, &scratch));
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      append_message(out,
                     many ? r.GetRepeatedMessage(message, f, index) : r.GetMessage(message, f));
      break;
  }
}

// Maps have keys of string type in this schema; they come in no order, so they are sorted.
void append_map(std::string& out, const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> entries;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    std::string text;
    append_string(text, entry.GetReflection()->GetString(entry, field.message_type()->map_key()));
    text.push_back(':');
    append_value(text, entry, *field.message_type()->map_value(), 0);
    entries.push_back(std::move(text));
  }
  std::sort(entries.begin(), entries.end());
  out.push_back('{');
  for (size_t i = 0; i < entries.size(); ++i) out += (i == 0 ? "" : ",") + entries[i];
  out.push_back('}');
}

void append_list(std::string& out, const Message& message, const FieldDescriptor& field) {
  out.push_back('[');
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    if (i != 0) out.push_back(',');
    append_value(out, message, field, i);
  }
  out.push_back(']');
}

void append_unknown(std::string& out, const UnknownFieldSet& unknown) {
  std::vector<int> numbers;
  for (int i = 0; i < unknown.field_count(); ++i) numbers.push_back(unknown.field(i).number());
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  out += "\"unknown_fields\":[";
  for (size_t i = 0; i < numbers.size(); ++i) {
    out += (i == 0 ? "" : ",") + std::to_string(numbers[i]);
  }
  out.push_back(']');
}

void append_message(std::string& out, const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const auto& descriptor = *message.GetDescriptor();
  bool first = true;
  out.push_back('{');
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.has_presence() && !reflection.HasField(message, &field)) continue;
    if (!first) out.push_back(',');
    first = false;
    out += '"' + field.name() + "\":";
    if (field.is_map()) {
      append_map(out, message, field);
    } else if (field.is_repeated()) {
      append_list(out, message, field);
    } else {
      append_value(out, message, field, 0);
    }
  }
  const UnknownFieldSet& unknown = reflection.GetUnknownFields(message);
  if (unknown.field_count() > 0) {
    if (!first) out.push_back(',');
    append_unknown(out, unknown);
  }
  out.push_back('}');
}

}  // namespace

std::string to_json(const Message& message) {
  std::string out;
  append_message(out, message);
  return out;
}

}  // namespace spoor::cli
