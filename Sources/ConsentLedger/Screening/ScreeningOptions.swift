/// How a file of contacts is read and which of its rows are given back.
public struct ScreeningOptions: Sendable {
    public var encoding = TextEncoding.utf8
    /// The header of the column that holds the contact; `nil`: a header that says so by itself.
    public var contactColumn: String?
    /// The file is one contact a line, without a header; otherwise a first row that is a contact says so.
    public var isList = false
    /// The country (two letters, ISO 3166-1) of numbers without `+`.
    public var defaultRegion: String?
    /// The column with the time that each row is asked about; what was known then is by the same time, unless
    /// `knownAtColumn` says otherwise.
    public var atColumn: String?
    /// The column with the time by which each row is answered.
    public var knownAtColumn: String?
    /// The order of day, month and year in those columns, where the dates do not tell.
    public var dateOrder: ImportTime.DateOrder?
    /// Only the rows that are allowed.
    public var isOnlyAllowed = false
    /// The file is the output of an earlier screening, when the ledger had so many records: only the rows whose answer is
    /// another one now.
    public var changedSince: UInt64?

    public init() {}
}
