// The values of an event that a query can ask for, by docs/query.md and the event's own fields
// alone.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/language/named_session.h"
#include "collector/language/query.h"
#include "collector/model.h"
#include "collector/search/outside.h"
#include "spoor/v1/event.pb.h"
#include "tests/support/naive_numbers.h"

namespace spoor::collector {

using Words = std::vector<std::string>;

class NaiveEvent {
 public:
  // `end`: of the command that this is the start of.
  NaiveEvent(const IndexedEvent& indexed, const Outside& outside,
             const IndexedEvent* end = nullptr)
      : indexed_(indexed), e_(*indexed.event), outside_(outside), end_(end) {}

  int64_t time_ns() const { return std::max<int64_t>(e_.time_ns(), 0); }

  // All values of a field of texts or names, or of addresses.
  Words texts(Field field) const {
    switch (field) {
      case Field::cmd:
        if (e_.command_started().args_size() > 0) return {joined(args())};
        return some({e_.privilege_change().command()});
      case Field::arg: return args();
      case Field::exe:
        return some({e_.command_started().exe(), e_.authentication().exe(),
                     e_.privilege_change().program(), e_.account_change().program(),
                     e_.other_record().exe(), e_.disbelieved_record().exe(),
                     e_.log_message().exe()});
      case Field::cwd:
        return some({e_.command_started().cwd(), e_.privilege_change().cwd(),
                     e_.shell_line().cwd(), e_.other_record().cwd()});
      case Field::file:
        return some({e_.file_access().path(), e_.file_access().new_path(), e_.network().path()});
      case Field::input: return some({e_.typed_input().edited(), e_.shell_line().line()});
      case Field::user: {
        Words out = some({e_.actor().login_name()});
        if (e_.actor().has_login_uid()) out.push_back(std::to_string(e_.actor().login_uid()));
        return out;
      }
      case Field::as: {
        Words out = some({e_.actor().name()});
        if (const auto uid = effective_uid()) out.push_back(std::to_string(*uid));
        return out;
      }
      case Field::host: return {indexed_.agent};
      case Field::session: return session_names();
      case Field::key: {
        Words out = own_keys();
        for (std::string& key : session_keys()) out.push_back(std::move(key));
        return out;
      }
      case Field::person: return persons();
      case Field::tty:
        return first({e_.source().terminal(), e_.command_started().terminal(),
                      e_.session_opened().terminal(), e_.session_fact().terminal(),
                      e_.privilege_change().terminal(), e_.typed_input().terminal()});
      case Field::unit: return some({name(e_.place().unit())});
      case Field::container: return some({name(e_.place().container())});
      case Field::addr: {
        Words out = first({name(e_.source().address()), name(e_.network().remote_address())});
        for (std::string& own : some({name(e_.network().local_address())})) {
          out.push_back(std::move(own));
        }
        return out;
      }
      default: return {};
    }
  }

  std::vector<uint64_t> numbers(Field field) const {
    const bool is_of_end = field == Field::exit || field == Field::signal;
    return naive_numbers(is_of_end && end_ ? *end_->event : e_, field);
  }
  std::optional<ResultTest> result() const { return naive_result(end_ ? *end_->event : e_); }
  std::optional<Kind> kind() const { return naive_kind(e_); }
  std::vector<std::pair<std::string, std::string>> labels() const {
    return outside_.labels(indexed_.agent);
  }

 private:
  // Those that are there.
  static Words some(Words all) {
    std::erase(all, "");
    return all;
  }
  static Words first(Words all) {
    all = some(std::move(all));
    if (all.size() > 1) all.resize(1);
    return all;
  }
  // A name that is longer is in no column.
  static std::string name(const std::string& text) { return text.size() > 4000 ? "" : text; }
  static std::string joined(const Words& words) {
    std::string out;
    for (size_t i = 0; i < words.size(); ++i) out += (i > 0 ? " " : "") + words[i];
    return out;
  }
  // Of a command line that somebody asked for, its words.
  Words args() const {
    const auto& args = e_.command_started().args();
    Words out(args.begin(), args.end());
    std::string rest = e_.privilege_change().command();
    if (rest.empty()) return out;
    for (size_t space; (space = rest.find(' ')) != rest.npos; rest.erase(0, space + 1)) {
      out.push_back(rest.substr(0, space));
    }
    out.push_back(rest);
    return out;
  }
  std::optional<uint64_t> effective_uid() const {
    const std::string& id = e_.actor().id();
    const bool is_number = !id.empty() && id.size() <= 10 &&
                           id.find_first_not_of("0123456789") == id.npos &&
                           (id == "0" || id[0] != '0');
    if (is_number && std::stoull(id) <= 0xffffffff) return std::stoull(id);
    if (e_.command_started().has_credentials()) return e_.command_started().credentials().euid();
    return std::nullopt;
  }
  Words session_names() const {
    Words out;
    const std::string ses = std::to_string(e_.session().ses());
    if (e_.session().ses() != 0) {
      out.push_back(indexed_.agent + ":" + ses);
      Id boot;
      if (e_.kernel().boot_id().size() == boot.size()) {
        std::copy_n(e_.kernel().boot_id().begin(), boot.size(), boot.begin());
        out.push_back(out.back() + "." + boot_letters(boot));
      }
    }
    if (!e_.session_uid().empty()) out.push_back(to_hex(as_bytes(e_.session_uid())));
    return out;
  }
  Words own_keys() const {
    return some({name(e_.session_fact().key_fingerprint()),
                 name(e_.session_fact().certificate_id()),
                 name(e_.authentication().key_fingerprint()),
                 name(e_.authentication().certificate_id())});
  }
  Words session_keys() const {
    if (e_.session_uid().empty()) return {};
    return outside_.keys(indexed_.agent, e_.session_uid());
  }
  Words persons() const {
    Words keys = session_keys(), out;
    for (std::string& key : own_keys()) keys.push_back(std::move(key));
    if (keys.empty()) keys.emplace_back();
    for (const std::string& key : keys) {
      out.push_back(outside_.person(indexed_.agent, e_.actor().login_name(), key, time_ns()));
    }
    return some(out);
  }
  const IndexedEvent& indexed_;
  const v1::Event& e_;
  const Outside& outside_;
  const IndexedEvent* const end_;
};

}  // namespace spoor::collector
