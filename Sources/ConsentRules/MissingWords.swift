/// Something that the words a person was shown had to say and do not, or not so that a program sees it.
public struct MissingWords: Hashable, Sendable {
    /// What was looked for.
    public let subject: NoticeRequirement.Subject
    /// What is missing, as a clause.
    public let clause: String
    /// The rule that asks for it; `nil` is what every notice must say.
    public let rule: RuleReference?
}
