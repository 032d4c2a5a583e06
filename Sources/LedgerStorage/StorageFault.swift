/// One call to a `MemoryStorage`, or to a segment of it.
public struct StorageOperation: Hashable, Sendable, CustomStringConvertible {
    /// What was called.
    public enum Kind: String, Sendable {
        case read, size, list, create, replace, remove, openSegment, writeSegment, lock
    }

    /// Counts from 1 in the order of the calls.
    public let number: Int
    public let kind: Kind
    /// Where; for `create`, the first object's path.
    public let path: StoragePath

    public var description: String { "\(number): \(kind.rawValue) \(path)" }
}

/// What goes wrong with one operation. It throws in any case.
public enum StorageFault: Hashable, Sendable {
    /// The operation fails; the storage works on.
    case fails(persisting: Extent)
    /// The machine stops in the operation: every later call throws, until `restarted()`.
    case crashes(persisting: Extent)

    /// How much of the operation took hold.
    public enum Extent: Hashable, Sendable {
        /// Nothing.
        case nothing
        /// All of it, durably; only the answer is lost.
        case everything
        /// A part of it, durably, that the seed chooses: of a segment's write a prefix or any of the 4,096-byte pages;
        /// of a batch of objects what `LedgerStorage.create` allows; of the rest all or nothing.
        case part(seed: UInt64)
        /// All of it as readers see it, nothing durably: a flush that failed after the write (the kernel keeps such
        /// pages, calls them clean, and never writes them again).
        case unflushed
    }

    var extent: Extent {
        switch self {
        case .fails(let extent), .crashes(let extent): extent
        }
    }
}
