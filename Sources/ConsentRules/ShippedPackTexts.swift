// swift-format-ignore-file
// Made by tools/embed-packs from ledger/packs, byte for byte.

/// The texts of the packs that come with this software, by their names in ascending order.
enum ShippedPackTexts {
    static let all: [(name: String, text: String)] = [
("de-uwg", #"""
{
  "format": "consent-ledger/rule-pack/v1",
  "pack": "de-uwg",
  "version": "2026-11-23",
  "title": "Germany: advertising by telephone, fax and electronic mail (UWG § 7)",
  "rules": [
    {
      "id": "telephone-advertising",
      "scope": {
        "channels": ["voice"],
        "classes": ["marketing"],
        "recipient-countries": ["DE"]
      },
      "effect": {
        "kind": "require-consent"
      },
      "meaning": "an advertising call needs the person's express consent beforehand; everybody is taken for a consumer, since the ledger does not know who is none",
      "citation": {
        "source": "Gesetz gegen den unlauteren Wettbewerb (UWG)",
        "section": "§ 7(2) no. 1 (no. 2 in older versions)",
        "url": "https://lxgesetze.de/uwg/7",
        "quote": "bei Werbung mit einem Telefonanruf gegenüber einem Verbraucher ohne dessen vorherige ausdrückliche Einwilligung",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "fax",
      "scope": {
        "channels": ["fax"],
        "classes": ["marketing"],
        "recipient-countries": ["DE"]
      },
      "effect": {
        "kind": "require-consent"
      },
      "meaning": "advertising by fax needs express consent beforehand",
      "citation": {
        "source": "Gesetz gegen den unlauteren Wettbewerb (UWG)",
        "section": "§ 7(2) no. 2 (no. 3 in older versions)",
        "url": "https://lxgesetze.de/uwg/7",
        "quote": "bei Werbung unter Verwendung einer automatischen Anrufmaschine, eines Faxgerätes oder elektronischer Post, ohne dass eine vorherige ausdrückliche Einwilligung des Adressaten vorliegt",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "electronic-mail",
      "scope": {
        "channels": ["email", "line", "mms", "rcs", "sms", "whatsapp"],
        "classes": ["marketing"],
        "recipient-countries": ["DE"]
      },
      "effect": {
        "kind": "require-consent",
        "or-recorded": ["legitimate-interest"]
      },
      "meaning": "advertising by electronic mail needs express consent; to one's own customers, on the conditions of § 7(3), a recorded legitimate interest is enough",
      "citation": {
        "source": "Gesetz gegen den unlauteren Wettbewerb (UWG)",
        "section": "§ 7(2) no. 2 and (3)",
        "url": "https://lxgesetze.de/uwg/7",
        "quote": "Abweichend von Absatz 2 Nummer 2 ist eine unzumutbare Belästigung bei einer Werbung unter Verwendung elektronischer Post nicht anzunehmen, wenn […]",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "keep-evidence",
      "effective-from": "2021-10-01",
      "scope": {
        "channels": ["voice"],
        "classes": ["marketing"],
        "recipient-countries": ["DE"]
      },
      "effect": {
        "kind": "keep-evidence",
        "days": 1827
      },
      "meaning": "what shows the consent to advertising calls is kept for five years from when it was given and from each use of it",
      "citation": {
        "source": "Gesetz gegen den unlauteren Wettbewerb (UWG)",
        "section": "§ 7a(2), in force since 2021-10-01",
        "url": "https://datenbank.nwb.de/Dokument/83058_7a",
        "quote": "Die werbenden Unternehmen müssen den Nachweis nach Absatz 1 ab Erteilung der Einwilligung sowie nach jeder Verwendung der Einwilligung fünf Jahre aufbewahren.",
        "confidence": "secondary",
        "verified-on": "2026-11-23"
      }
    }
  ]
}

"""#),
("es-lssi", #"""
{
  "format": "consent-ledger/rule-pack/v1",
  "pack": "es-lssi",
  "version": "2026-11-22",
  "title": "Spain: commercial communications by electronic means (LSSI)",
  "rules": [
    {
      "id": "commercial-communications",
      "effective-from": "2003-11-05",
      "scope": {
        "channels": ["email", "line", "mms", "rcs", "sms", "whatsapp"],
        "classes": ["marketing"]
      },
      "effect": {
        "kind": "require-consent",
        "or-recorded": ["legitimate-interest"]
      },
      "meaning": "advertising by electronic means needs to have been asked for or authorised; to one's own customers, about similar things, a recorded legitimate interest is enough",
      "citation": {
        "source": "Ley 34/2002 (LSSI)",
        "section": "article 21(1) and (2)",
        "url": "https://villanueva4.tripod.com/spam/id10.html",
        "quote": "Queda prohibido el envío de comunicaciones publicitarias o promocionales por correo electrónico u otro medio de comunicación electrónica equivalente que previamente no hubieran sido solicitadas o expresamente autorizadas por los destinatarios de las mismas.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-objection",
      "effective-from": "2003-11-05",
      "scope": {
        "channels": ["email", "line", "mms", "rcs", "sms", "whatsapp"],
        "classes": ["marketing"]
      },
      "effect": {
        "kind": "notice",
        "subject": "opt-out-instruction",
        "severity": "advice",
        "words": {
          "ca": [
            "baixa", "donar-te de baixa", "retirar el consentiment", "retirar el teu consentiment",
            "deixar de rebre", "stop"
          ],
          "en": [
            "opt out", "opting out", "opt-out", "unsubscribe", "stop", "withdraw", "revoke", "cancel at any time",
            "leave at any time"
          ],
          "es": [
            "baja", "darte de baja", "darse de baja", "retirar", "retirarlo", "revocar", "revocarlo", "revocación",
            "dejar de recibir", "dejarlo", "dejarlos", "cancelar la suscripción", "oponerte", "oponerse", "stop",
            "salir"
          ]
        }
      },
      "meaning": "who gives an address is offered a way to object to advertising",
      "citation": {
        "source": "Ley 34/2002 (LSSI)",
        "section": "article 21(2), second paragraph",
        "url": "https://villanueva4.tripod.com/spam/id10.html",
        "quote": "el prestador deberá ofrecer al destinatario la posibilidad de oponerse al tratamiento de sus datos con fines promocionales mediante un procedimiento sencillo y gratuito, tanto en el momento de recogida de los datos como en cada una de las comunicaciones comerciales que le dirija.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    }
  ]
}

"""#),
("eu-gdpr", #"""
{
  "format": "consent-ledger/rule-pack/v1",
  "pack": "eu-gdpr",
  "version": "2026-11-22",
  "title": "European Union: consent under the GDPR, electronic mail under the ePrivacy Directive",
  "rules": [
    {
      "id": "pre-ticked",
      "effective-from": "2018-05-25",
      "scope": {},
      "effect": {
        "kind": "refuse-presentation",
        "presentations": ["pre-ticked"]
      },
      "meaning": "a box that was ticked beforehand is no consent",
      "citation": {
        "source": "Regulation (EU) 2016/679 (GDPR)",
        "section": "article 4(11), recital 32",
        "url": "https://gdprhub.eu/index.php?title=Article_7_GDPR",
        "quote": "Silence, pre-ticked boxes or inactivity should not therefore constitute consent.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "bundled",
      "effective-from": "2018-05-25",
      "scope": {},
      "effect": {
        "kind": "refuse-presentation",
        "presentations": ["bundled"]
      },
      "meaning": "consent that was part of agreeing to something else is not binding, since its request was not distinguishable",
      "citation": {
        "source": "Regulation (EU) 2016/679 (GDPR)",
        "section": "article 7(2)",
        "url": "https://gdprhub.eu/index.php?title=Article_7_GDPR",
        "quote": "the request for consent shall be presented in a manner which is clearly distinguishable from the other matters",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "electronic-mail",
      "scope": {
        "channels": ["email", "line", "mms", "rcs", "sms", "whatsapp"],
        "classes": ["marketing"]
      },
      "effect": {
        "kind": "require-consent",
        "or-recorded": ["legitimate-interest"]
      },
      "meaning": "marketing by electronic mail needs consent; to one's own customers, about similar things and with a way to object each time, a recorded legitimate interest is enough",
      "citation": {
        "source": "Directive 2002/58/EC (ePrivacy)",
        "section": "article 13(1) and (2)",
        "url": "http://www.twobirds.com/en/news/articles/2004/email-marketing-in-the-eupti",
        "quote": "in respect of [natural] subscribers who have given their prior consent",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "fax",
      "scope": {
        "channels": ["fax"],
        "classes": ["marketing"]
      },
      "effect": {
        "kind": "require-consent"
      },
      "meaning": "marketing by fax needs consent",
      "citation": {
        "source": "Directive 2002/58/EC (ePrivacy)",
        "section": "article 13(1)",
        "url": "http://www.twobirds.com/en/news/articles/2004/email-marketing-in-the-eupti",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-controller",
      "effective-from": "2018-05-25",
      "scope": {},
      "effect": {
        "kind": "notice",
        "subject": "business-name",
        "severity": "error"
      },
      "meaning": "who consents knows who the controller is",
      "citation": {
        "source": "Regulation (EU) 2016/679 (GDPR)",
        "section": "recital 42",
        "url": "https://overview.legal/laws/gdpr/rec-42",
        "quote": "For consent to be informed, the data subject should be aware at least of the identity of the controller and the purposes of the processing for which the personal data are intended.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-withdrawal",
      "effective-from": "2018-05-25",
      "scope": {},
      "effect": {
        "kind": "notice",
        "subject": "opt-out-instruction",
        "severity": "error",
        "words": {
          "ca": [
            "baixa", "donar-te de baixa", "retirar el consentiment", "retirar el teu consentiment",
            "deixar de rebre", "stop"
          ],
          "de": ["widerrufen", "widerruf", "abmelden", "abbestellen", "abmeldung", "austragen", "stop", "stopp"],
          "en": [
            "opt out", "opting out", "opt-out", "unsubscribe", "stop", "withdraw", "revoke", "cancel at any time",
            "leave at any time"
          ],
          "es": [
            "baja", "darte de baja", "darse de baja", "retirar", "retirarlo", "revocar", "revocarlo", "revocación",
            "dejar de recibir", "dejarlo", "dejarlos", "cancelar la suscripción", "oponerte", "oponerse", "stop",
            "salir"
          ],
          "fr": ["désabonner", "désinscrire", "désinscription", "retirer", "se désabonner", "vous opposer", "stop"],
          "it": [
            "revocare", "revoca", "disiscriversi", "disiscriverti", "annullare l'iscrizione", "cancellarti",
            "cancellarsi", "stop"
          ],
          "nl": ["afmelden", "uitschrijven", "intrekken", "opzeggen", "stop"],
          "pt": ["cancelar", "descadastrar", "sair", "retirar", "revogar", "deixar de receber", "parar", "stop"]
        }
      },
      "meaning": "who consents is told beforehand that consent can be withdrawn",
      "citation": {
        "source": "Regulation (EU) 2016/679 (GDPR)",
        "section": "article 7(3)",
        "url": "https://gdprhub.eu/index.php?title=Article_7_GDPR",
        "quote": "The data subject shall have the right to withdraw his or her consent at any time. […] Prior to giving consent, the data subject shall be informed thereof.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    }
  ]
}

"""#),
("us-tcpa", #"""
{
  "format": "consent-ledger/rule-pack/v1",
  "pack": "us-tcpa",
  "version": "2026-11-23.2",
  "title": "United States: telemarketing by call and text (TCPA, federal rules; states have stricter ones)",
  "rules": [
    {
      "id": "telemarketing-consent",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "require-consent"
      },
      "meaning": "a marketing call or text that is dialled automatically needs prior express written consent; every one is taken for such",
      "citation": {
        "source": "47 CFR 64.1200",
        "section": "(a)(2)",
        "url": "https://hallikainen.org/org/FCC/FccRules/2015/64/1200",
        "quote": "Initiate, or cause to be initiated, any telephone call that includes or introduces an advertisement or constitutes telemarketing, using an automatic telephone dialing system or an artificial or prerecorded voice",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "no-condition-of-purchase",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "refuse-presentation",
        "presentations": ["condition-of-purchase"]
      },
      "meaning": "written consent to telemarketing is not a condition of buying something",
      "citation": {
        "source": "47 CFR 64.1200",
        "section": "(f), prior express written consent",
        "url": "https://legalclarity.org/how-late-can-a-telemarketer-call-you",
        "quote": "The disclosure must clearly state that signing the agreement is not a condition of purchasing any goods or services.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "hours",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "hours",
        "from": "08:00",
        "until": "21:00"
      },
      "meaning": "no telephone solicitation before 8 a.m. or after 9 p.m. where the person is; counted for every marketing call and text, also to who invited it",
      "citation": {
        "source": "47 CFR 64.1200",
        "section": "(c)(1)",
        "url": "https://www.nwdebtresolution.com/post/telephone-consumer-protection-act-call-time-restrictions",
        "quote": "Any residential telephone subscriber before the hour of 8 a.m. or after 9 p.m. (local time at the called party's location)",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "revoke-all",
      "effective-from": "2025-04-11",
      "effective-until": "2027-01-31",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "widen-opt-out"
      },
      "meaning": "a revocation ends all marketing calls and texts; that it ends those on unrelated matters too is delayed until 2027-01-31",
      "citation": {
        "source": "47 CFR 64.1200",
        "section": "(a)(10), effective 2025-04-11; the FCC's orders of 2025-04-07 and 2026-01-06",
        "url": "https://www.consumerfinancialserviceslawmonitor.com/?p=30918",
        "quote": "further extending the effective date of the Telephone Consumer Protection Act (TCPA) “revoke-all” requirement in 47 C.F.R. § 64.1200(a)(10) to January 31, 2027",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "revoke-all",
      "effective-from": "2027-01-31",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing", "utility"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "widen-opt-out"
      },
      "meaning": "a revocation ends all calls and texts that need consent, on unrelated matters too",
      "citation": {
        "source": "47 CFR 64.1200",
        "section": "(a)(10); the FCC's order of 2026-01-06, while it considers other rules",
        "url": "https://www.consumerfinancialserviceslawmonitor.com/?p=30918",
        "quote": "That provision would require callers to treat a revocation of consent made in response to one type of informational call or text message as applying to all future calls and text messages from that caller on unrelated matters.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "opt-out-confirmation",
      "effective-from": "2024-04-04",
      "scope": {
        "channels": ["mms", "rcs", "sms"],
        "classes": ["service"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "opt-out-confirmation-window",
        "minutes": 5
      },
      "meaning": "one text that confirms a revocation and markets nothing is presumed to be agreed to if it is sent within five minutes",
      "citation": {
        "source": "47 CFR 64.1200",
        "section": "(a)(12), effective 2024-04-04 (FCC 24-24)",
        "url": "https://www.govinfo.gov/content/pkg/FR-2024-03-05/html/2024-04587.htm",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "limitation",
      "effective-until": "2024-10-15",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "keep-evidence",
        "days": 1461
      },
      "meaning": "a claim about a call or text may be brought for four years after it, and who called has to show the consent; since then the five years of “consent-records” are longer",
      "citation": {
        "source": "28 U.S.C. 1658",
        "section": "(a)",
        "url": "https://leadcompliancehub.com/blog/how-long-to-keep-consent-records",
        "quote": "a civil action arising under an Act of Congress enacted after [December 1, 1990] may not be commenced later than 4 years after the cause of action accrues.",
        "confidence": "secondary",
        "verified-on": "2026-11-23"
      }
    },
    {
      "id": "consent-records",
      "effective-from": "2024-10-15",
      "scope": {
        "channels": ["mms", "rcs", "sms", "voice"],
        "classes": ["marketing"],
        "recipient-countries": ["AS", "GU", "MP", "PR", "US", "VI"]
      },
      "effect": {
        "kind": "keep-evidence",
        "days": 1827
      },
      "meaning": "telemarketers and sellers keep complete records of consent for five years; counted for texts too, and from the last use",
      "citation": {
        "source": "16 CFR 310.5 (Telemarketing Sales Rule)",
        "section": "(a)(8), by which one complies since 2024-10-15",
        "url": "https://natlawreview.com/article/are-you-prepared-tsrs-new-consent-recordkeeping-requirements",
        "quote": "Under the new rule, there is now a five year record retention period.",
        "confidence": "secondary",
        "verified-on": "2026-11-23"
      }
    }
  ]
}

"""#),
("whatsapp", #"""
{
  "format": "consent-ledger/rule-pack/v1",
  "pack": "whatsapp",
  "version": "2026-11-22",
  "title": "WhatsApp Business: opt-in, what an opt-in says, template categories, the service window",
  "vocabulary": {
    "template-categories-2021": [
      "ACCOUNT_UPDATE", "ALERT_UPDATE", "APPOINTMENT_UPDATE", "AUTO_REPLY", "ISSUE_RESOLUTION", "PAYMENT_UPDATE",
      "PERSONAL_FINANCE_UPDATE", "RESERVATION_UPDATE", "SHIPPING_UPDATE", "TICKET_UPDATE", "TRANSPORTATION_UPDATE"
    ],
    "template-categories-2022": ["MARKETING", "OTP", "TRANSACTIONAL"],
    "template-categories": ["AUTHENTICATION", "MARKETING", "UTILITY"]
  },
  "rules": [
    {
      "id": "opt-in",
      "scope": {
        "channels": ["whatsapp"],
        "classes": ["authentication", "marketing", "utility"]
      },
      "effect": {
        "kind": "require-consent"
      },
      "meaning": "a message that the person has not asked for needs the person's opt-in",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp",
        "section": "first paragraph",
        "url": "https://developers.facebook.com/docs/whatsapp/overview/getting-opt-in",
        "quote": "Businesses are required to obtain opt-in before sending proactive business-initiated messages to customers outside the 24-hour window.",
        "confidence": "verbatim",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "non-transactional-countries",
      "effective-from": "2021-07-27",
      "effective-until": "2021-09-15",
      "scope": {
        "channels": ["whatsapp"],
        "classes": ["marketing"],
        "except-sender-countries": [
          "AE", "BR", "CO", "DE", "EG", "ES", "GB", "ID", "IL", "IT", "JM", "MX", "MY", "NG", "NL", "RU", "SA",
          "SG", "US", "ZA"
        ]
      },
      "effect": {
        "kind": "prohibit"
      },
      "meaning": "only businesses of twenty countries may send what is not about a transaction",
      "citation": {
        "source": "360dialog, Non-transactional Template Messages Policy Test; its end: waba.store, WhatsApp Business FAQ",
        "url": "https://docs.360dialog.com/360-client-hub/template-management-ui/non-transactional-template-messages-policy-test",
        "quote": "Singapore, Malaysia, South Africa, United Arab Emirates, Russia, Saudi Arabia, Israel, United Kingdom, Netherlands, Spain, Italy, Germany, Nigeria, Egypt, Brazil, Colombia, Jamaica, Mexico, Indonesia and USA.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "us-marketing-pause",
      "effective-from": "2025-04-01",
      "scope": {
        "channels": ["whatsapp"],
        "classes": ["marketing"],
        "recipient-countries": ["US"]
      },
      "effect": {
        "kind": "prohibit"
      },
      "meaning": "marketing templates to numbers of the United States are not delivered; WhatsApp calls the pause temporary and names no end",
      "citation": {
        "source": "Zoho, Pausing WhatsApp Marketing Messages for US Numbers, after WhatsApp's announcement; AWS says the same",
        "url": "https://help.zoho.com/portal/ja/community/topic/pausing-whatsapp-marketing-messages-for-us-numbers-starting-april-1-2025",
        "quote": "Starting April 1, 2025, WhatsApp will temporarily pause the delivery of all marketing template messages to users with US phone numbers (+1 dialling code and US area codes).",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "service-window",
      "scope": {
        "channels": ["whatsapp"],
        "classes": ["service"]
      },
      "effect": {
        "kind": "service-window",
        "hours": 24
      },
      "meaning": "a message outside templates may follow the person's last message for 24 hours",
      "citation": {
        "source": "Infobip, WhatsApp message types",
        "url": "https://www.infobip.com/docs/whatsapp/message-types-and-templates.md",
        "quote": "The 24-hour messaging window opens when a user sends a message to your business.",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-business-name",
      "scope": {
        "channels": ["whatsapp"]
      },
      "effect": {
        "kind": "notice",
        "subject": "business-name",
        "severity": "error"
      },
      "meaning": "an opt-in states clearly the name of the business whose messages the person opts in to",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp",
        "section": "Requirements",
        "url": "https://developers.facebook.com/docs/whatsapp/overview/getting-opt-in",
        "quote": "Businesses must clearly state the business’ name that a person is opting in to receive messages from",
        "confidence": "verbatim",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-consent",
      "scope": {
        "channels": ["whatsapp"]
      },
      "effect": {
        "kind": "notice",
        "subject": "consent-wording",
        "severity": "error",
        "words": {
          "ca": [
            "accepto", "acceptes", "acceptar", "consento", "autoritzo", "vull rebre", "dono el meu consentiment",
            "d'acord"
          ],
          "de": [
            "ich stimme zu", "stimme ich zu", "ich willige ein", "willige ich ein", "ich bin einverstanden",
            "ich möchte", "einwilligung", "zustimmung", "ja"
          ],
          "en": [
            "i agree", "you agree", "agree to", "i accept", "i consent", "you consent", "consent to",
            "i would like", "i'd like", "i want", "opt in", "opting in", "opt-in", "sign me up", "signing up",
            "yes", "subscribe"
          ],
          "es": [
            "acepto", "aceptas", "acepta", "aceptar", "consiento", "doy mi consentimiento", "autorizo", "autorizas",
            "estoy de acuerdo", "quiero", "deseo recibir", "me apunto", "suscribirme"
          ],
          "fr": [
            "j'accepte", "vous acceptez", "je consens", "je souhaite", "je veux", "je m'abonne", "d'accord", "oui"
          ],
          "it": [
            "accetto", "accetti", "acconsento", "autorizzo", "presto il consenso", "do il consenso", "desidero",
            "voglio"
          ],
          "nl": [
            "ik ga akkoord", "ga ik akkoord", "akkoord", "ik stem toe", "ik geef toestemming", "toestemming",
            "ik wil", "ja"
          ],
          "pt": [
            "aceito", "aceita", "aceitar", "concordo", "concorda", "consinto", "autorizo", "quero",
            "desejo receber", "sim"
          ]
        }
      },
      "meaning": "an opt-in states clearly that the person opts in",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp",
        "section": "Requirements",
        "url": "https://developers.facebook.com/docs/whatsapp/overview/getting-opt-in",
        "quote": "Businesses must clearly state that a person is opting in to receive messages from the business over WhatsApp",
        "confidence": "verbatim",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-channel",
      "effective-until": "2024-12-01",
      "scope": {
        "channels": ["whatsapp"]
      },
      "effect": {
        "kind": "notice",
        "subject": "channel",
        "severity": "error"
      },
      "meaning": "an opt-in states clearly that the messages come over WhatsApp",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp",
        "section": "Requirements, as they were until November 2024; the day is not known, so that the whole month counts as before",
        "url": "https://developers.facebook.com/docs/whatsapp/overview/getting-opt-in",
        "quote": "Businesses must clearly state that a person is opting in to receive messages from the business over WhatsApp",
        "confidence": "verbatim",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-channel",
      "effective-from": "2024-12-01",
      "scope": {
        "channels": ["whatsapp"]
      },
      "effect": {
        "kind": "notice",
        "subject": "channel",
        "severity": "advice"
      },
      "meaning": "an opt-in may be general, but one that names WhatsApp makes the message expected",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp",
        "section": "first paragraph, newer wording",
        "url": "https://developers.secure.facebook.com/docs/whatsapp/overview/getting-opt-in",
        "quote": "As per the November 2024 WhatsApp Business Messaging Policy update, before messaging people on WhatsApp, businesses are required to obtain opt-in permission, which can be general and not specifically for WhatsApp, as long as businesses comply with all local laws.",
        "confidence": "verbatim",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-opt-out",
      "scope": {
        "channels": ["whatsapp"]
      },
      "effect": {
        "kind": "notice",
        "subject": "opt-out-instruction",
        "severity": "advice",
        "words": {
          "ca": [
            "baixa", "donar-te de baixa", "retirar el consentiment", "retirar el teu consentiment",
            "deixar de rebre", "stop"
          ],
          "de": ["widerrufen", "widerruf", "abmelden", "abbestellen", "abmeldung", "austragen", "stop", "stopp"],
          "en": [
            "opt out", "opting out", "opt-out", "unsubscribe", "stop", "withdraw", "revoke", "cancel at any time",
            "leave at any time"
          ],
          "es": [
            "baja", "darte de baja", "darse de baja", "retirar", "retirarlo", "revocar", "revocarlo", "revocación",
            "dejar de recibir", "dejarlo", "dejarlos", "cancelar la suscripción", "oponerte", "oponerse", "stop",
            "salir"
          ],
          "fr": ["désabonner", "désinscrire", "désinscription", "retirer", "se désabonner", "vous opposer", "stop"],
          "it": [
            "revocare", "revoca", "disiscriversi", "disiscriverti", "annullare l'iscrizione", "cancellarti",
            "cancellarsi", "stop"
          ],
          "nl": ["afmelden", "uitschrijven", "intrekken", "opzeggen", "stop"],
          "pt": ["cancelar", "descadastrar", "sair", "retirar", "revogar", "deixar de receber", "parar", "stop"]
        }
      },
      "meaning": "an opt-in says how to opt out",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp",
        "section": "Helpful Tips",
        "url": "https://developers.facebook.com/docs/whatsapp/overview/getting-opt-in",
        "quote": "Provide clear instructions for how people can opt out of receiving specific categories of messages, and honor these requests.",
        "confidence": "verbatim",
        "verified-on": "2026-11-22"
      }
    },
    {
      "id": "notice-value",
      "scope": {
        "channels": ["whatsapp"]
      },
      "effect": {
        "kind": "notice",
        "subject": "value",
        "severity": "advice",
        "words": {
          "en": [
            "offers", "offer", "discounts", "discount", "updates", "news", "order", "orders", "delivery",
            "reminders", "reminder", "alerts", "tips", "rewards", "exclusive"
          ],
          "es": [
            "ofertas", "oferta", "descuentos", "descuento", "novedades", "avisos", "pedido", "pedidos", "envío",
            "entrega", "recordatorios", "recordatorio", "alertas", "consejos", "ventajas", "promociones",
            "exclusivas"
          ]
        }
      },
      "meaning": "an opt-in says what the person has from the messages",
      "citation": {
        "source": "WhatsApp, Get Opt-in for WhatsApp, as a partner retells it (LINK Mobility, 2021-07-27)",
        "section": "best practices",
        "confidence": "secondary",
        "verified-on": "2026-11-22"
      }
    }
  ]
}

"""#),
    ]
}
