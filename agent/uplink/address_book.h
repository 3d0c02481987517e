// The addresses that lead to this host's log, and whose turn it is. Those of the configuration, in
// its order; and those that a collector named when it refused, which are believed only so far:
// HOST:PORT alone (the root and the log id decide what they are worth), of a collector that proved
// itself by TLS, a few, and until the program ends. One thread.
#pragma once

#include <string>
#include <vector>

namespace spoor::uplink {

inline constexpr size_t kLearnedAddressesMax = 8;

class AddressBook {
 public:
  // `otherwise` where none is configured.
  AddressBook(std::vector<std::string> configured, const std::string& otherwise);

  const std::string& current() const { return addresses_[at_].text; }
  bool has_several() const { return addresses_.size() > 1; }
  // It answered with our log: a failure after that means it again, not the next one.
  void worked() { has_worked_ = true; }
  // Goes on to the next one. True when all had their turn since the last that worked.
  bool failed();
  // What the current one named instead of itself: the next in turn. True where one is new.
  bool learn(const std::vector<std::string>& named);
  // The current one leads to another log: one that was only named is never tried again.
  void leads_elsewhere();

 private:
  struct Entry {
    std::string text;
    bool is_learned = false;
    bool leads_elsewhere = false;
  };
  std::vector<Entry> addresses_;
  size_t at_ = 0;
  size_t tried_ = 0;  // in a row without success
  bool has_worked_ = false;
};

}  // namespace spoor::uplink
