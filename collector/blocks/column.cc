#include "collector/blocks/column.h"

#include <array>

namespace spoor::collector {

namespace {

struct NumberColumn {
  std::string_view name;
  Coding coding;
};

struct TextColumn {
  std::string_view name;
  Model model;
  bool is_by_kind = false;
  bool has_words = false;
  bool is_searched = true;
};

constexpr bool kByKind = true, kAsTheyCome = false, kInMs = true;

// What many queries read of many blocks, and nothing else, stands as it comes.
constexpr std::array<NumberColumn, kNumbers> kNumberColumns{{
    {"kind", Model::none},
    {"time_ms", Model::previous},
    {"time_ns", {Model::none, kByKind}},
    {"received_ms", {Model::none, kAsTheyCome, Number::time_ms}},
    {"entry", Model::previous},
    {"epoch", Model::previous},
    {"order", Model::previous},
    {"sequence", {Model::previous, kAsTheyCome, Number::order}},
    {"serial", {Model::kin, kByKind}},
    {"ses", Model::previous},
    {"login_uid", Model::previous},
    {"uid", {Model::kin, kByKind}},
    {"euid", {Model::process, kByKind}},
    {"pid", {Model::process, kByKind}},
    {"birth", {Model::process, kByKind, Number::time_ms, kInMs}},
    {"exec", {Model::process, kByKind}},
    {"parent_pid", {Model::kin, kByKind}},
    {"parent_birth", {Model::kin, kByKind}},
    {"parent_exec", {Model::kin, kByKind}},
    {"ppid", {Model::kin, kByKind, Number::parent_pid}},
    {"depth", {Model::kin, kByKind}},
    {"started", {Model::kin, kByKind}},
    {"born", {Model::process, kByKind, Number::birth}},
    {"ended", {Model::kin, kByKind}},
    {"exit", {Model::none, kByKind}},
    {"signal", {Model::none, kByKind}},
    {"result", {Model::none, kByKind}},
    {"error", {Model::none, kByKind}},
    {"operation", {Model::none, kByKind}},
    {"mode", {Model::none, kByKind}},
    {"inode", {Model::none, kByKind}},
    {"port", {Model::none, kByKind}},
    {"local_port", {Model::none, kByKind}},
    {"marks", {Model::none, kByKind}},
    {"incomplete", {Model::none, kByKind}},
    {"attribution", {Model::none, kByKind}},
    {"twin", Model::none},
    {"read", {Model::none, kByKind, Number::time_ms, kInMs}},
    {"read_boot", {Model::previous, kAsTheyCome, Number::read}},
    {"partner", {Model::none, kByKind}},
}};

constexpr bool kWords = true, kOneText = false, kNotSearched = false;

constexpr std::array<TextColumn, kTexts> kTextColumns{{
    {"host", Model::previous},
    {"session", Model::previous},
    {"boot", Model::previous},
    {"stream", Model::previous},
    {"user", Model::previous},
    {"as", Model::kin, kByKind},
    {"terminal", Model::kin, kByKind},
    {"unit", Model::previous},
    {"container", Model::previous},
    {"exe", Model::none, kByKind},
    {"comm", Model::none, kByKind},
    {"command", Model::first, kByKind, kWords},
    {"cwd", Model::kin, kByKind},
    {"files", Model::first, kByKind, kWords},
    {"input", Model::first, kByKind},
    {"addresses", Model::first, kByKind, kWords},
    {"keys", Model::first, kByKind, kWords},
    {"target", Model::first, kByKind},
    {"rule", Model::none, kByKind},
    {"source", Model::none, kByKind},
    {"rest", Model::first, kByKind, kOneText, kNotSearched},
    {"values", Model::first, kByKind, kOneText, kNotSearched},
}};

const NumberColumn& of(Number column) { return kNumberColumns[static_cast<size_t>(column)]; }
const TextColumn& of(Text column) { return kTextColumns[static_cast<size_t>(column)]; }

}  // namespace

std::string_view name_of(Number column) { return of(column).name; }
std::string_view name_of(Text column) { return of(column).name; }
bool has_words(Text column) { return of(column).has_words; }
bool is_searched(Text column) { return of(column).is_searched; }
Coding coding_of(Number column) { return of(column).coding; }
Coding coding_of(Text column) { return {of(column).model, of(column).is_by_kind}; }

}  // namespace spoor::collector
