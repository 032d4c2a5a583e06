/// What the user says about a file that the file does not say itself.
public struct ImportOptions: Sendable {
    /// The formats by the names that the command line gives them.
    public enum Format: String, Sendable, CaseIterable {
        /// Bulk items of Twilio's Consent Management API.
        case twilio
        /// Webhook bodies of the WhatsApp Cloud API, one a line.
        case whatsapp
        /// RFC 4180.
        case csv
    }

    /// The file's format.
    public var format: Format
    /// The business that all items concern.
    public var business: String
    /// The source that states them.
    public var source = "cli"
    /// The channels of items that name none.
    public var channels: [String]?
    /// The categories of items that name none.
    public var categories: [String]?
    /// The notice of opt-ins that name none.
    public var notice: String?
    /// Whether opt-ins without a notice are recorded as what they are: the words shown are unknown, and they permit
    /// nothing (DESIGN §7.4). Otherwise they are rejected.
    public var isNoticeUnknown = false
    /// The country (ISO 3166-1) within whose rules numbers without `+` are read.
    public var defaultRegion: String?
    /// Whose ids the items have, where that is not the format's.
    public var platform: String?
    /// Whether the items are told as they happen, each once, so that what names no time is of its own moment: told again,
    /// it is not of now.
    public var isOfWebhook = false
    /// Whether to say what would become of each item and record nothing.
    public var isDryRun = false

    public init(format: Format, business: String) {
        self.format = format
        self.business = business
    }
}
