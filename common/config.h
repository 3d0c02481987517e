// Reads one YAML file against a fixed set of keys. Every problem is gathered and reported at once
// as `file:line: what`; an unknown key is a problem. yaml-cpp's exceptions end here.
//
//   ConfigReader reader = ConfigReader::read(path, text);
//   reader.text("spool.folder", config.spool_folder);
//   reader.bytes("spool.bytes_max", config.spool_bytes_max, 16 << 20, 1ull << 40);
//   std::vector<std::string> problems = reader.finish();   // empty: all is well
//
// A key that is absent leaves its target (the default) as it was. Used by one thread, at start.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor {

class ConfigReader {
 public:
  // `path` is only used in messages.
  static ConfigReader read(std::string path, const std::string& yaml);
  ConfigReader(ConfigReader&&) noexcept;
  ~ConfigReader();

  // Keys are dotted paths into nested maps.
  void text(std::string_view key, std::string& target);
  void absolute_path(std::string_view key, std::string& target);
  // Within [least, greatest].
  void integer(std::string_view key, int64_t& target, int64_t least, int64_t greatest);
  // A plain number of bytes or one with KiB, MiB, GiB: `64 MiB`.
  void bytes(std::string_view key, uint64_t& target, uint64_t least, uint64_t greatest);
  void boolean(std::string_view key, bool& target);
  void text_list(std::string_view key, std::vector<std::string>& target);
  void one_of(std::string_view key, std::string& target, std::vector<std::string> allowed);

  // `file:line` of a key that the file has. Asking makes no key known.
  std::optional<std::string> place(std::string_view key) const;
  // What the caller finds wrong with a value that it read; reported at the key's line, or at the
  // file's first where the value is a default.
  void reject(std::string_view key, const std::string& what);

  // Every problem in the file's order, unknown keys among them.
  std::vector<std::string> finish();

 private:
  struct State;
  explicit ConfigReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spoor
