// Index blocks that are open, since most questions ask the newest ones again: at most
// kBlockReadersBytesMax of them, of which those that were asked longest ago are closed first. One
// that is in use lives on with who uses it.
//
// Thread-safe; no lock is held while a file is read.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "collector/blocks/block_reader.h"
#include "collector/index/catalogue.h"

namespace spoor::collector {

class BlockCache {
 public:
  BlockCache(Files& files, std::string folder, size_t bytes_max)
      : files_(files), folder_(std::move(folder)), bytes_max_(bytes_max) {}

  // `corrupt` or `not_found` for one that is not what the catalogue says; told once by the log.
  Result<std::shared_ptr<const BlockReader>> open(const SealedBlock& block);
  std::string path_of(uint64_t number) const;

  size_t bytes() const;

 private:
  struct Open {
    uint64_t number = 0;
    std::shared_ptr<const BlockReader> reader;
    size_t bytes = 0;
  };
  using Opened = std::list<Open>;

  Result<std::shared_ptr<const BlockReader>> read(const SealedBlock& block) const;
  std::shared_ptr<const BlockReader> find(uint64_t number);
  void keep(uint64_t number, const std::shared_ptr<const BlockReader>& reader);

  Files& files_;
  const std::string folder_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  Opened opened_;  // asked for last first
  std::map<uint64_t, Opened::iterator> by_number_;
  size_t bytes_ = 0;
  std::set<uint64_t> told_;  // damaged, and the log says so
};

}  // namespace spoor::collector
