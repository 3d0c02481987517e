#include "agent/uplink/address_book.h"

#include <algorithm>

#include "agent/uplink/address.h"

namespace spoor::uplink {

AddressBook::AddressBook(std::vector<std::string> configured, const std::string& otherwise) {
  if (configured.empty()) configured.push_back(otherwise);
  for (std::string& text : configured) addresses_.push_back({std::move(text), false, false});
}

bool AddressBook::failed() {
  if (has_worked_) {
    has_worked_ = false;
    tried_ = 0;
    return true;
  }
  ++tried_;
  size_t usable = 0;
  for (const Entry& entry : addresses_) usable += !entry.leads_elsewhere;
  // The configured ones are always usable, so that this ends.
  do {
    at_ = (at_ + 1) % addresses_.size();
  } while (addresses_[at_].leads_elsewhere);
  if (tried_ < usable) return false;
  tried_ = 0;
  return true;
}

bool AddressBook::learn(const std::vector<std::string>& named) {
  const auto by = parse_address(current());
  if (!by.is_ok() || by->is_unix()) return false;
  bool is_new = false;
  for (const std::string& text : named) {
    const auto address = parse_address(text);
    if (!address.is_ok() || address->is_unix()) continue;
    const auto learned = static_cast<size_t>(std::count_if(
        addresses_.begin(), addresses_.end(), [](const Entry& e) { return e.is_learned; }));
    const std::string plain = text_of(*address);
    const bool is_known = std::any_of(addresses_.begin(), addresses_.end(),
                                      [&](const Entry& e) { return e.text == plain; });
    if (is_known || learned == kLearnedAddressesMax) continue;
    const auto next = addresses_.begin() + static_cast<std::ptrdiff_t>(at_) + 1;
    addresses_.insert(next, Entry{plain, true, false});
    is_new = true;
  }
  has_worked_ = has_worked_ && !is_new;
  return is_new;
}

void AddressBook::leads_elsewhere() {
  addresses_[at_].leads_elsewhere = addresses_[at_].is_learned;
}

}  // namespace spoor::uplink
