internal import ConsentModel

extension JSONValue {
    /// The value that an imported text is; throws `malformed`.
    init(importing text: some Collection<UInt8>) throws(ImportError) {
        do { try self.init(parsing: text) } catch { throw ImportError(.malformed, error.description) }
    }
}
