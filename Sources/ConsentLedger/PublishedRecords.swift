internal import ConsentModel
internal import LedgerStorage
internal import TransparencyLog

/// Single records of the published log. Keeps the bundle read last, since records that are asked for together are often
/// neighbours. For one thread at a time.
final class PublishedRecords {
    private let log: LogFiles
    private var size: UInt64?
    private var last: (number: UInt64, bundle: EntryBundle)?

    init(_ storage: any LedgerStorage) {
        log = LogFiles(storage: storage)
    }

    /// The record at `index`; `nil` if the log does not go so far.
    func record(at index: UInt64) throws -> Record? {
        let size = try self.size ?? log.checkpoint()?.checkpoint.size ?? 0
        self.size = size
        guard index < size else { return nil }
        let number = index / UInt64(Tile.fullWidth)
        let bundle: EntryBundle
        if let last, last.number == number {
            bundle = last.bundle
        } else {
            bundle = try log.bundle(holding: index, size: size)
            last = (number, bundle)
        }
        return try Record(decoding: bundle[Int(index % UInt64(Tile.fullWidth))])
    }
}
