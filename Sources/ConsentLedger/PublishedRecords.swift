internal import ConsentModel
internal import LedgerStorage
internal import TransparencyLog

/// Single records of the published log. Keeps the bundles used last, since records that are asked for together are often
/// neighbours. For one thread at a time.
final class PublishedRecords {
    /// A bundle holds 256 records, of a few hundred bytes each.
    private static let mostKept = 16

    private let log: LogFiles
    private var size: UInt64?
    /// The one used last is at the end.
    private var kept: [(number: UInt64, bundle: EntryBundle)] = []

    init(_ storage: any LedgerStorage) {
        log = LogFiles(storage: storage)
    }

    /// The record at `index`; `nil` if the log does not go so far.
    func record(at index: UInt64) throws -> Record? {
        let size = try self.size ?? log.checkpoint()?.checkpoint.size ?? 0
        self.size = size
        guard index < size else { return nil }
        let number = index / UInt64(Tile.fullWidth)
        let place = kept.lastIndex { $0.number == number }
        let bundle = try place.map { kept.remove(at: $0).bundle } ?? log.bundle(holding: index, size: size)
        if kept.count == Self.mostKept { kept.removeFirst() }
        kept.append((number, bundle))
        return try Record(decoding: bundle[Int(index % UInt64(Tile.fullWidth))])
    }
}
