#include "agent/sealed_folder.h"

#include <limits>
#include <utility>

#include "common/folder_lock.h"

namespace spoor::agent {

WriterPlace place_of(const Spool& spool) {
  WriterPlace place{spool.epoch(), spool.nonce(), {}};
  for (size_t i = 0; i < kEventClasses; ++i) {
    const Spool::Stream& stream = spool.stream(static_cast<EventClass>(i + 1));
    place.streams[i] = {stream.id, stream.head};
  }
  return place;
}

Result<std::unique_ptr<SealedFolder>> SealedFolder::open(Files& files, const Clock& clock,
                                                         const std::string& folder) {
  RETURN_IF_ERROR(files.make_folder(folder));
  // Two writers must not even look at one spool: opening it cuts what seems torn.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(folder));
  SpoolConfig config;
  config.folder = folder;
  config.bytes_max = std::numeric_limits<uint64_t>::max();  // whoever replays wants all of it
  ASSIGN_OR_RETURN(auto spool, Spool::open(files, clock, config, std::move(lock)));
  return std::unique_ptr<SealedFolder>(new SealedFolder(std::move(spool)));
}

Status SealedFolder::add(const Fact& fact, const Host& host) {
  if (encoder_ == nullptr) {
    host_name_ = host.name;
    encoder_ = std::make_unique<Encoder>(host, place_of(*spool_), [this](EncodedFrame&& encoded) {
      if (written_.is_ok()) written_ = spool_->append(encoded.frame);
    });
  }
  if (host.name != host_name_) {
    return invalid("records of " + host_name_ + " and of " + host.name +
                   ": frames are of one host, choose it with --node");
  }
  encoder_->add(fact, fact.read);
  return written_;
}

Status SealedFolder::finish() {
  if (encoder_ != nullptr) encoder_->flush();
  RETURN_IF_ERROR(written_);
  return spool_->sync(true);
}

}  // namespace spoor::agent
