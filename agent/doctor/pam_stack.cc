#include "agent/doctor/pam_stack.h"

#include "agent/doctor/setting_lines.h"

namespace spoor::agent {
namespace {

constexpr size_t kStackBytesMax = 64u << 10;
// As libpam: includes deeper than this are a loop.
constexpr int kDepthMax = 16;
// Files of one service, loops and repetitions counted: a stack has ten.
constexpr int kFilesMax = 100;

class Stack {
 public:
  Stack(Files& files, const std::vector<std::string>& folders) : files_(files), folders_(folders) {}

  // `not_found` where no folder has it.
  Result<bool> sets_login_uid(const std::string& service, int depth = 0) {
    if (depth > kDepthMax || ++opened_ > kFilesMax) return false;
    ASSIGN_OR_RETURN(const std::string text, read(service));
    for (const std::string_view line : lines_of(text)) {
      ASSIGN_OR_RETURN(const bool sets, line_sets(line, depth));
      if (sets) return true;
    }
    return false;
  }

 private:
  Result<std::string> read(const std::string& service) {
    for (const std::string& folder : folders_) {
      auto text = read_file(files_, folder + "/" + service, kStackBytesMax);
      if (text.is_ok() || text.code() != Code::not_found) return text;
    }
    return not_found("PAM knows no service " + service);
  }

  Result<bool> line_sets(std::string_view line, int depth) {
    const auto words = words_of(line.substr(0, line.find('#')));
    if (words.size() >= 2 && words[0] == "@include") return included(words[1], depth);
    if (words.size() < 3) return false;
    std::string type = lower_case(words[0]);
    if (type.starts_with('-')) type.erase(0, 1);  // a module that may be missing
    if (type != "session") return false;
    if (words[1] == "include" || words[1] == "substack") return included(words[2], depth);
    // The control may be `[a=b c=d]`, of many words: the module is somewhere behind it.
    for (const std::string_view word : words) {
      const std::string_view file = word.substr(word.rfind('/') + 1);
      if (file == "pam_loginuid.so" || file == "pam_loginuid") return true;
    }
    return false;
  }

  Result<bool> included(std::string_view word, int depth) {
    const std::string_view service = word.substr(word.rfind('/') + 1);
    auto sets = sets_login_uid(std::string(service), depth + 1);
    // A file that is not there adds nothing to the stack.
    if (sets.code() == Code::not_found) return false;
    return sets;
  }

  Files& files_;
  const std::vector<std::string>& folders_;
  int opened_ = 0;
};

}  // namespace

Result<std::vector<PamService>> read_pam_services(Files& files,
                                                  const std::vector<std::string>& folders) {
  std::vector<PamService> services;
  for (const char* name : kEntryServices) {
    const auto sets = Stack(files, folders).sets_login_uid(name);
    if (sets.is_ok()) services.push_back({name, *sets});
    else if (sets.code() != Code::not_found) return sets.status();
  }
  return services;
}

}  // namespace spoor::agent
