#include "collector/blocks/page_reader.h"

#include <algorithm>

#include "collector/blocks/number_coding.h"

namespace spoor::collector {

PageReader::PageReader(const BlockReader& block, size_t page)
    : block_(block), page_(page), rows_(block.rows_in(page)) {
  CHECK(page < block.pages());
}

Result<std::span<const uint64_t>> PageReader::column_of(ColumnNumber column) {
  std::vector<uint64_t>& out = columns_[column];
  if (out.empty()) {
    const std::vector<ColumnPage>& pages = block_.layout().columns[column];
    if (pages.empty() || pages[page_].least == pages[page_].greatest) {
      out.assign(rows_, pages.empty() ? 0 : pages[page_].least);
    } else {
      ASSIGN_OR_RETURN(out, decode(pages[page_]));
    }
  }
  return std::span<const uint64_t>(out);
}

Result<std::vector<uint64_t>> PageReader::decode(const ColumnPage& page) {
  CodingContext context;
  context.least = page.least;
  if (page.coding.needs_kinds()) {
    RETURN_IF_ERROR(find_kinds());
    context.kinds = &*kinds_;
  }
  if (page.coding.model == Model::process) {
    RETURN_IF_ERROR(find_processes());
    context.processes = *processes_;
  }
  // A layout lets no column stand beside one behind it, so this comes to an end.
  if (page.coding.beside) {
    ASSIGN_OR_RETURN(context.beside, values(*page.coding.beside));
  }
  ASSIGN_OR_RETURN(const std::string raw,
                   block_.unpack_chunk(page.chunk, encoded_bytes_max(rows_)));
  ASSIGN_OR_RETURN(std::vector<uint64_t> out,
                   decode_numbers(as_bytes(raw), rows_, page.coding, context, page.greatest));
  const auto [least, greatest] = std::ranges::minmax(out);
  if (least != page.least || greatest != page.greatest) {
    return corrupt("index block: a column is not what its page says of it");
  }
  return out;
}

Status PageReader::find_kinds() {
  if (kinds_) return ok();
  ASSIGN_OR_RETURN(const std::span<const uint64_t> kinds, values(Number::kind));
  kinds_ = kind_models(kinds);
  return ok();
}

Status PageReader::find_processes() {
  if (processes_) return ok();
  ASSIGN_OR_RETURN(const std::span<const uint64_t> twins, values(Number::twin));
  ASSIGN_OR_RETURN(processes_, process_models(twins));
  return ok();
}

}  // namespace spoor::collector
