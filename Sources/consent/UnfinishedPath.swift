internal import Glibc
internal import Synchronization

/// A file or an empty directory under the name that it has until it is whole. What is written may tell of people: an
/// interruption leaves nothing under such a name (`Interruption`). A program that is killed outright can.
struct UnfinishedPath {
    /// One of a list that only grows, so that a signal may come at any point of it. An emptied path names nothing.
    private struct Entry {
        let path: UnsafeMutablePointer<CChar>
        let isDirectory: Bool
        let next: UnsafeMutablePointer<Entry>?
    }

    /// The address of the newest entry; 0: there is none.
    private static let newest = Atomic<UInt>(0)

    let path: String
    private let entry: UnsafeMutablePointer<Entry>

    /// Names what is made next: a signal between the two then finds nothing, or it.
    init(_ path: String, isDirectory: Bool = false) {
        self.path = path
        entry = .allocate(capacity: 1)
        var next = Self.newest.load(ordering: .acquiring)
        while true {
            entry.initialize(
                to: Entry(
                    path: path.withCString { strdup($0) }, isDirectory: isDirectory,
                    next: UnsafeMutablePointer(bitPattern: next)))
            let address = UInt(bitPattern: entry)
            let (exchanged, original) = Self.newest.compareExchange(
                expected: next, desired: address, ordering: .acquiringAndReleasing)
            if exchanged { break }
            free(entry.pointee.path)
            next = original
        }
        Interruption.watch()
    }

    /// Makes the list, which a signal's handler must not be the first to do.
    static func prepare() { _ = newest.load(ordering: .relaxed) }

    /// It is in its place, or was never made.
    func forget() { entry.pointee.path[0] = 0 }

    /// Removes it.
    func remove() {
        Self.remove(entry)
        forget()
    }

    /// Removes all that there are, the newest first, so that a directory is empty when its turn comes. A signal's handler may
    /// call it.
    static func removeAll() {
        var entry = UnsafeMutablePointer<Entry>(bitPattern: newest.load(ordering: .acquiring))
        while let current = entry {
            remove(current)
            entry = current.pointee.next
        }
    }

    private static func remove(_ entry: UnsafeMutablePointer<Entry>) {
        if entry.pointee.isDirectory { rmdir(entry.pointee.path) } else { unlink(entry.pointee.path) }
    }
}
