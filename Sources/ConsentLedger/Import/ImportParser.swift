/// Turns the bytes of a file into items, chunk by chunk, in memory that does not grow with the file. The items are the
/// same however the bytes are cut into chunks.
public protocol ImportParser: Sendable {
    /// The items that `chunk` completes. Throws when nothing in the file can be used; a bad row is an item.
    mutating func items(in chunk: [UInt8]) throws(ImportError) -> [ImportItem]
    /// The items that the end of the file completes.
    mutating func finish() throws(ImportError) -> [ImportItem]
}
