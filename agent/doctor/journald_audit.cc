#include "agent/doctor/journald_audit.h"

#include <optional>
#include <vector>

#include "agent/doctor/additions.h"
#include "agent/doctor/setting_lines.h"

namespace spoor::agent {
namespace {

// Strongest first.
constexpr const char* kRoots[] = {"/etc/systemd/", "/run/systemd/", "/usr/local/lib/systemd/",
                                  "/usr/lib/systemd/"};

// parse_boolean() of systemd.
std::optional<bool> boolean_of(const std::string& text) {
  const std::string word = lower_case(text);
  for (const char* yes : {"1", "yes", "y", "true", "t", "on"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"0", "no", "n", "false", "f", "off"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

class Reader {
 public:
  // The last line counts; a value that is neither yes nor no is ignored, as systemd does.
  void take(const std::string& path, const std::string& text, bool shows_default) {
    bool is_journal = false;
    for (const std::string_view line : lines_of(text)) {
      const auto words = words_of(line);
      if (words.empty()) continue;
      if (words[0].starts_with('[')) is_journal = words[0] == "[Journal]";
      if (!is_journal) continue;
      if (const auto value = setting(line, "Audit", '=')) {
        note(*value, "Audit=" + *value + " in " + path);
        said_ = true;
      } else if (shows_default && !said_ && words[0].starts_with('#')) {
        const auto shown = setting(line.substr(line.find('#') + 1), "Audit", '=');
        if (shown) note(*shown, "its default, #Audit=" + *shown + " in " + path);
      }
    }
  }
  JournaldAudit answer() && { return std::move(audit_); }

 private:
  void note(const std::string& value, std::string because) {
    const auto on = boolean_of(value);
    if (!value.empty() && !on) return;
    using Does = JournaldAudit::Does;
    audit_ = {!on ? Does::leaves_alone : *on ? Does::switches_on : Does::switches_off,
              std::move(because)};
  }

  JournaldAudit audit_{JournaldAudit::Does::leaves_alone, "no file of journald's says otherwise"};
  bool said_ = false;  // by a line that is no comment
};

}  // namespace

Result<JournaldAudit> read_journald_audit(Files& files, HostCalls& calls) {
  Reader reader;
  std::vector<std::string> folders;
  bool has_main = false;
  for (const std::string root : kRoots) {
    folders.push_back(root + "journald.conf.d");
    if (has_main) continue;
    const auto main = read_settings(files, calls, root + "journald.conf");
    if (main.code() == Code::not_found) continue;
    if (!main.is_ok()) return main.status();
    reader.take(root + "journald.conf", *main, true);
    has_main = true;
  }
  ASSIGN_OR_RETURN(const auto additions, read_additions(files, calls, folders));
  for (const SettingsFile& addition : additions) {
    reader.take(addition.path, addition.text, false);
  }
  return std::move(reader).answer();
}

}  // namespace spoor::agent
