// SparseFileImage: the bytes of one backing file in a sparse file of the host, and ImageView: the part of it
// that a disk item shows. ImageStore keeps one image per file record. Used by routeros::Device; the NVMe/TCP
// target and scenarios reach them through Image.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/sync.h"
#include "simulator/storage/image.h"
#include "simulator/storage/space_ledger.h"

namespace rdssim::storage {

// Any thread may use it. The host's file appears with the first byte written: an image nobody touched costs
// nothing.
class SparseFileImage final : public Image {
 public:
  // `path`: the host's file, made when it is needed; what is there already is the content. `ledger`: who is
  // asked for space as file `id`; null: nobody, space does not matter.
  SparseFileImage(std::string path, std::int64_t size, std::shared_ptr<SpaceLedger> ledger = nullptr,
                  std::uint64_t id = 0);
  ~SparseFileImage() override;

  std::int64_t size() const override { return size_; }
  absl::Status read(std::int64_t offset, std::span<std::byte> into) override;
  absl::Status write(std::int64_t offset, std::span<std::byte const> bytes) override;
  absl::Status zero(std::int64_t offset, std::int64_t length) override;
  absl::Status flush() override;

  // Growing shows zeros; shrinking forgets what was behind the new end.
  absl::Status resize(std::int64_t size);
  // False while the pool is not mounted or the file is gone: every call answers NOT_FOUND.
  void set_available(bool available) { available_ = available; }
  // A file of a read-only snapshot: writes answer PERMISSION_DENIED.
  void set_read_only(bool read_only) { read_only_ = read_only; }
  // The content of this moment becomes that of `other`, which has none yet; writers wait meanwhile.
  absl::Status copy_to(SparseFileImage& other);
  // Bytes of the host's blocks that hold data.
  std::int64_t allocated() const;
  // Bytes that writes have brought since the image was opened; zeroing is no write.
  std::int64_t written() const { return written_; }
  bool exists() const;  // on the host: somebody wrote
  std::string const& path() const { return path_; }

 private:
  absl::Status check(std::int64_t offset, std::int64_t length) const;
  int open_existing();  // -1: there is no file yet
  absl::StatusOr<int> open_or_make();

  absl::Status writable(std::int64_t offset, std::int64_t length) const;
  absl::Status put(int fd, std::int64_t offset, std::span<std::byte const> bytes);

  std::string const path_;
  std::shared_ptr<SpaceLedger> const ledger_;
  std::uint64_t const id_;
  std::atomic<std::int64_t> size_;
  std::atomic<std::int64_t> written_ = 0;
  std::atomic<bool> available_ = true, read_only_ = false;
  mutable rdscsi::base::Mutex mutex_;  // opening
  // Writing; held while a snapshot is taken, so that it shows one moment. Before mutex_.
  mutable rdscsi::base::Mutex content_;
  std::atomic<int> fd_ = -1;
};

// `length` bytes of another image from `offset` on; a disk item with file-offset, or one smaller than its
// file.
class ImageView final : public Image {
 public:
  ImageView(std::shared_ptr<Image> whole, std::int64_t offset, std::int64_t length)
      : whole_(std::move(whole)), offset_(offset), length_(length) {}

  std::int64_t size() const override { return length_; }
  absl::Status read(std::int64_t offset, std::span<std::byte> into) override;
  absl::Status write(std::int64_t offset, std::span<std::byte const> bytes) override;
  absl::Status zero(std::int64_t offset, std::int64_t length) override;
  absl::Status flush() override { return whole_->flush(); }

 private:
  absl::Status check(std::int64_t offset, std::int64_t length) const;
  std::shared_ptr<Image> whole_;
  std::int64_t offset_, length_;
};

// Not thread-safe: the device's owner serialises. Images outlive it where somebody still holds them; their
// host files go with the store when the directory was a temporary one.
class ImageStore {
 public:
  // `ledger`: see SparseFileImage.
  explicit ImageStore(std::shared_ptr<SpaceLedger> ledger = nullptr) : ledger_(std::move(ledger)) {}
  ~ImageStore();
  ImageStore(ImageStore const&) = delete;
  ImageStore& operator=(ImageStore const&) = delete;

  // Where host files lie from now on, kept at the end. Without it: a temporary directory, made when it is
  // needed. FAILED_PRECONDITION when images exist already, otherwise what the directory lacks.
  absl::Status set_directory(std::string path);
  // The same without a look at the host: what is wrong with it shows when the first image is wanted.
  void plan_directory(std::string path) { planned_ = std::move(path); }
  // The image of the file with this id, made when it is asked for the first time.
  absl::StatusOr<std::shared_ptr<SparseFileImage>> image(std::uint64_t file_id, std::int64_t size);
  std::shared_ptr<SparseFileImage> find(std::uint64_t file_id) const;  // null: nobody has asked for it
  // Whether the file has bytes, without making anything: nobody wrote, nobody asked costs nothing.
  bool has_bytes(std::uint64_t file_id) const;
  // A new file begins empty, whatever an earlier run of the host left under its id.
  void forget(std::uint64_t file_id);
  // The file is gone: whoever holds its image gets NOT_FOUND, and its bytes are deleted.
  void drop(std::uint64_t file_id);
  std::string const& directory() const { return directory_; }
  // Where images stay; "" while they are temporary.
  std::string kept_directory() const { return temporary_ ? "" : directory_.empty() ? planned_ : directory_; }

 private:
  std::string path_of(std::uint64_t file_id) const;

  std::shared_ptr<SpaceLedger> ledger_;
  std::string directory_, planned_;
  bool temporary_ = false;
  std::map<std::uint64_t, std::shared_ptr<SparseFileImage>> images_;
};

}  // namespace rdssim::storage
