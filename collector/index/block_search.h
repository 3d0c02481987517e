// A query asked of all tables of an index at one moment: sealed blocks, and the tail's. The newest
// are looked into first, until no other can have anything newer than what was found. What halves of
// commands are in different tables is known of sealed ones by the catalogue, and found out for the
// tail's when it matters.
//
// One thread, for one question; who asks keeps the catalogue's state.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "collector/blocks/row_table.h"
#include "collector/index/block_cache.h"
#include "collector/index/catalogue_reader.h"
#include "collector/index/command_halves.h"
#include "collector/index/found.h"
#include "collector/search/row_query.h"

namespace spoor::collector {

class BlockSearch {
 public:
  BlockSearch(CatalogueReader& reader, BlockCache& cache, const Query& query,
              const Outside& outside, const IsCancelled& is_cancelled)
      : reader_(reader), cache_(cache), query_(query), outside_(outside),
        is_cancelled_(is_cancelled) {}

  // Of the tail, in the order of the log.
  void add(EventClass event_class, std::shared_ptr<const RowTable> view);

  Result<FoundUnits> newest(Newest wanted);
  Result<Shortfall> count(Histogram& histogram);

 private:
  struct Table {
    uint64_t number = 0;  // of the block; of one of the tail kTailTables and more
    EventClass event_class = EventClass::access;
    uint64_t rows = 0, least_ms = 0, greatest_ms = 0;
    std::shared_ptr<const RowTable> open;
  };
  struct Hit {
    FoundRow found;
    size_t table = 0;  // of tables_
    auto operator<=>(const Hit&) const = default;
  };

  Status list();
  // By its times.
  bool may_have(const Table& table) const;
  // Null where the disk did not give it, which is counted.
  Result<const RowTable*> open(Table& table);
  // What was read of it is given back; who asks again reads again.
  void close(Table& table);
  Result<const HalvesElsewhere*> halves_of(uint64_t table);
  Status join_tail();
  Status pair_with_tail(uint64_t table, const CommandHalf& half);
  FarHalves far_halves(uint64_t table);
  // Ok if `status` is that the disk did not give rows, which are counted.
  Status tolerate(const Status& status, uint64_t rows);
  Status ask(size_t table, const Newest& wanted, std::vector<Hit>& hits);
  Result<std::vector<FoundUnit>> read(const std::vector<Hit>& hits);
  Result<std::optional<BlockRow>> end_of_command(const Hit& hit);

  CatalogueReader& reader_;
  BlockCache& cache_;
  const Query& query_;
  const Outside& outside_;
  const IsCancelled& is_cancelled_;
  std::vector<Table> tables_;
  size_t tail_tables_ = 0;  // the first of these
  std::map<uint64_t, HalvesElsewhere> halves_;  // of tables that were asked for
  bool is_tail_joined_ = false;
  std::map<uint64_t, HalvesElsewhere> tail_halves_;  // that have to do with the tail
  std::map<std::pair<std::string, bool>, std::pair<uint64_t, CommandHalf>> waiting_;  // there
  Shortfall shortfall_;
};

}  // namespace spoor::collector
