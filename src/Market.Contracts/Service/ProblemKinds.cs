using static Market.Contracts.ProblemCodes;

namespace Market.Contracts;

/// <summary>A kind of problem: what a code means and what to do about it, for the page that a problem's type leads to.</summary>
public sealed record ProblemKind
{
    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>The HTTP status code that it always comes with.</summary>
    public required int Status { get; init; }

    /// <summary>The kind of problem in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What has happened.</summary>
    public required string Meaning { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Advice { get; init; }
}

/// <summary>Every kind of problem there is.</summary>
public static class ProblemKinds
{
    /// <summary>Where they are explained; a code stands behind it.</summary>
    public const string Path = "/problems";

    /// <summary>Where one is explained: the type of a problem (RFC 9457).</summary>
    /// <param name="code">One of <see cref="ProblemCodes"/>.</param>
    public static string AddressOf(string code) => $"{Path}/{code}";

    /// <summary>All kinds, one for each code of <see cref="ProblemCodes.All"/>.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        Kind(MalformedRequest, 400, "The request cannot be read",
            "The body is missing, is no JSON, is nested too deeply, or has members that are unknown, missing or given "
            + "twice; or a header of it is none that can be read. The detail names the first one.",
            "Send what the API document describes for this route: its members under their exact names, and no others."),
        Kind(ValidationFailed, 400, "The request is outside of what is taken",
            "The request can be read, but a value in it is none that is taken here. The member errors says which, by its "
            + "path, and why.",
            "Correct the values that errors names. The same request again is refused again."),
        Kind(UnknownHost, 400, "The market does not answer to this name",
            "The Host header names none of the names that this market was told are its own. What traders sign names the "
            + "host, so a request under another name is worth nothing here.",
            "Ask under the market's own name. Behind a proxy: pass the Host header on as it came. Operators name their "
            + "market with --host."),
        Kind(RouteNotFound, 404, "There is no such route",
            "The interface has no route with this path.",
            "Compare the path with the API document. All of its paths begin with /api/v1."),
        Kind(NotFound, 404, "There is no such thing",
            "The route is known; what was asked for by name is not there, or not yet.",
            "Check the name. If it is of a chain, the chain may not have it yet."),
        Kind(MethodNotAllowed, 405, "The route does not know this method",
            "The path is known, and is not asked with this method. The header Allow lists the methods that it knows.",
            "Use one of the methods that Allow lists."),
        Kind(TooLarge, 413, "The body is too large",
            "The body has more bytes than the route takes. Nothing of it was looked at.",
            "Send less. /api/v1/limits says how much is taken."),
        Kind(TooSlow, 408, "The body came too slowly",
            "The request began, and its body did not arrive in time.",
            "Send the request again over a better line."),
        Kind(UriTooLong, 414, "The address is too long",
            "The path and query together are longer than the market reads.",
            "Ask for less at once; long lists go into several requests."),
        Kind(UnsupportedMediaType, 415, "The body's type is not taken",
            "The Content-Type is not the one that the route takes, or names another character set than UTF-8.",
            "Send application/json in UTF-8."),
        Kind(RateLimited, 429, "Too many requests",
            "The client has used up what one client may take: calls of one window, requests at once, or open streams. A "
            + "client is an IPv4 address or a /64 of IPv6.",
            "Wait for as long as Retry-After says. The header RateLimit of each answer says what is left, and "
            + "/api/v1/limits what there is."),
        Kind(Busy, 429, "Others go first",
            "The market has more to do than it can. Calls wait in the order of the credits that their keys offer and of their "
            + "coming, some places are kept for those who have none, and this call was among the last.",
            "Ask again after Retry-After, or offer credits with the header Market-Credits: price is what the call costs now. "
            + "/api/v1/standing says how many a key has. They come from work, from mined shares, or from another key."),
        Kind(HeadersTooLarge, 431, "The headers are too large",
            "The headers of the request have more bytes together than the market reads.",
            "Send fewer or shorter headers; cookies are never needed here."),
        Kind(AuthenticationRequired, 401, "Sign in first",
            "The route is for a known key only, and the request names none.",
            "Send a session's token in Authorization, or sign the request. How is in the API document."),
        Kind(BadSignature, 401, "The signature does not verify",
            "A signature is not one of the named key over exactly what had to be signed.",
            "Compare the text that you sign with the test vectors: host in lower case, path and query as sent, times in "
            + "milliseconds, the hash of the exact body."),
        Kind(BadToken, 401, "The token is not good",
            "The session's token is unknown, was altered, has expired or was signed out.",
            "Sign in again: a challenge, its signature, a new session."),
        Kind(BadApiKey, 401, "The API key is not good",
            "The API key is unknown, was revoked or has expired.",
            "Compare the id with those that /api/v1/auth/api-keys lists for the account, and make a new key there."),
        Kind(ClockSkew, 401, "The timestamp is too far off",
            "The timestamp of a signed request is more than 30 seconds from the market's clock, or is none.",
            "Set the clock right. /api/v1/time says what the market's clock shows."),
        Kind(Replayed, 401, "This was used before",
            "The market has already taken exactly this signed request. It takes each once, also across its own restarts.",
            "Sign again with another timestamp, a millisecond later is enough."),
        Kind(BadChallenge, 401, "The challenge is not good",
            "The challenge was answered before, is older than a minute, or was given to another key.",
            "Ask for a new challenge and answer it once."),
        Kind(Forbidden, 403, "This key may not do that",
            "The key is known, and this is not for it.",
            "Use the key that it belongs to."),
        Kind(ScopeMissing, 403, "The API key's scopes do not give this",
            "The API key is good, and none of its scopes gives this call. Keys, sessions, transfers of credits and stakes are "
            + "given by no scope at all.",
            "Use a key with the scope that the detail names, or ask with the account's own key."),
        Kind(TooManyApiKeys, 409, "The account has as many API keys as it may",
            "The account has as many API keys as one may have, or the market as many as it keeps for accounts without standing.",
            "Revoke one that is not used any more, then make the new one."),
        Kind(UnknownInstrument, 404, "There is no such instrument",
            "The market has no instrument of this name.",
            "/api/v1/instruments lists those that it has."),
        Kind(TradingPaused, 409, "No orders are taken now",
            "The market takes no new orders: a chain is behind or in doubt, or the instrument is closed. The detail says "
            + "why. Swaps that run go on.",
            "Wait until /api/v1/status is well again, then send the order again."),
        Kind(BadPrice, 422, "The price breaks a trading rule",
            "The price is no positive multiple of the tick size, or is outside of the price limits.",
            "Round it to the tick that the instrument names."),
        Kind(BadQuantity, 422, "The quantity breaks a trading rule",
            "The quantity is no multiple of the lot size, or is below the least or above the most that an order may have.",
            "Round it to the lot that the instrument names."),
        Kind(BadExpiry, 422, "The order's time is over",
            "The order is good till a date that is not after now, by the market's clock.",
            "Name a later time in expiresAt. /api/v1/time says what the market's clock shows."),
        Kind(NoFaceValue, 409, "Nothing is said of a share's face value now",
            "The order is to stand at a part of a share's face value, which the market computes from both chains; for a minute it "
            + "computed none, since a chain is behind or too few share blocks tell of the hashrate.",
            "Wait until /api/v1/instruments/{instrument}/discount answers, or name a price and no discount."),
        Kind(DuplicateClientOrderId, 409, "The client order id was used with another order",
            "The account placed another order under this client order id before. The same order again would have been "
            + "answered with the first one.",
            "Give each new order an id of its own."),
        Kind(UnknownOrder, 404, "There is no such order of this account",
            "The account has no order of this id. Orders of other accounts are not shown.",
            "List your orders at /api/v1/orders. An id of your own is written client:(id)."),
        Kind(OrderClosed, 409, "The order is no longer open",
            "The order was filled, cancelled or has expired. There is nothing left to cancel.",
            "Read the order to see how it ended."),
        Kind(OrderSettling, 409, "The order is filled and final until a swap of it fails",
            "All of the order is in swaps that run. It cannot be cancelled.",
            "Let the swaps settle. What comes back from one that fails is open again, and can be cancelled then."),
        Kind(MustWait, 409, "Whoever let a swap fail waits",
            "The account, or a coin behind the order, let a swap fail, which cost the other side time. Until retryAt it "
            + "takes nothing.",
            "Send it again after retryAt. Each further failure doubles the time; keep your agent running."),
        Kind(WouldTrade, 409, "The post-only order would trade at once",
            "The order was to rest only, and its price meets an order in the book; or it was to be repriced, and there is no price "
            + "at which it would not trade.",
            "Choose a price that does not cross the book, name postOnlyMode reprice, or leave postOnly out."),
        Kind(TooManyOrders, 409, "The account has too many open orders",
            "The account has as many open orders in all instruments as its tier gives, or in one as an account may.",
            "Cancel one first. /api/v1/limits says how many each tier gives, /api/v1/standing which is yours."),
        Kind(TierTooLow, 409, "The key's tier does not give so much",
            "The order is worth more than one order of this key may be, or the key takes faster than it may. What a key may do "
            + "follows from its coins at stake, its late blocks and its settled swaps.",
            "Make the order smaller, or send it again after retryAt. /api/v1/standing says what the tier gives and what the "
            + "next one needs."),
        Kind(InsufficientCredits, 409, "The key has not so many credits",
            "The key has fewer credits that it can give away: those that are promised to calls of it that wait are not among them.",
            "Give fewer. /api/v1/standing says how many are free."),
        Kind(BookFull, 409, "The book is full",
            "The book holds as many open orders as it may, of all accounts.",
            "Try again when orders were filled or cancelled. Cancels are always taken."),
        Kind(OutpointUnavailable, 422, "An outpoint cannot stand behind the order",
            "An output that the order names is not on its chain, is spent, or is not mature yet.",
            "Name outputs that are unspent and mature; newly mined ones take time."),
        Kind(OutpointInUse, 409, "An outpoint stands behind something else",
            "An output that is named is already behind another open order or in a running swap, or is proved for another account.",
            "Name another output, or cancel the orders that stand on it."),
        Kind(OutpointNotOwned, 422, "An outpoint's key did not sign",
            "The proof of an output is no signature (BIP322) of its own address over the text, or an order without signatures "
            + "names an output that is not proved for its account, or was until its proof expired.",
            "Sign the exact text with the key of each output's address; the test vectors show one of an order's."),
        Kind(InsufficientOutpoints, 422, "The outpoints hold too little",
            "The outputs together hold less than the order may have to give, fees of the swap included; of proved ones what other "
            + "orders draw on does not count.",
            "Name or prove more outputs, cancel other orders that draw on them, or make the order smaller."),
        Kind(TooManyOutpoints, 409, "Too many proved outpoints",
            "The account has proved as many outputs as it may. Those that are spent are forgotten when room is needed.",
            "Take back those that no order needs, or join coins."),
        Kind(OutpointOfOtherSeries, 422, "The shares are of another expiry series",
            "Shares of this sharechain expire, and are sold by series: those whose root height, the lowest height of the blocks "
            + "that minted what they come from, falls into one range. An outpoint named here has a root height of another series.",
            "Sell it in the instrument that the detail names; /api/v1/series lists them. Shares of several series that are spent "
            + "together are all of the oldest."),
        Kind(TooLargeForSeries, 409, "The order is too large for what is left to its series",
            "The more a swap is worth the deeper its locks must be, and the longer it takes. One of this size would not be over "
            + "for certain before the oldest shares of the series expire.",
            "Place smaller orders, as the detail says, or trade a younger series."),
        Kind(BadProof, 422, "A proof does not hold",
            "The coins or the work that were named are not what they have to be as the market sees its chains now.",
            "The detail says what is missing. Coins need confirmations; work is good for the newest two seeds only."),
        Kind(ProofUsed, 409, "A proof counts already",
            "The same work was handed in before, or the coin counts for another account.",
            "Work counts once: solve the next ticket. A coin counts for the account that proved it first."),
        Kind(UnknownSwap, 404, "There is no such swap",
            "The market knows no swap of this id.",
            "List the swaps at /api/v1/swaps."),
        Kind(NotAParty, 403, "The key is not a party to the swap",
            "Only the seller and the buyer of a swap may do this, each for the own side.",
            "Sign in with the key that placed the order."),
        Kind(WrongSwapState, 409, "The swap's state does not take this",
            "The swap has gone on, or is not there yet.",
            "Read the swap: it says who acts next and what is possible."),
        Kind(KeysAlreadyGiven, 409, "Other keys were given before",
            "This side has given its keys for the swap, and these are others. The first ones stand.",
            "Go on with the keys that were given first. The same keys again are taken."),
        Kind(ReusedSecret, 409, "A hash, key or script was used before",
            "A payment hash, key or payout script was already used in a swap. Used twice, a secret that one swap shows "
            + "would open the other.",
            "Make fresh ones for each swap."),
        Kind(BadKey, 422, "A key or script is not usable",
            "A key is no point of the curve, or a script is none that may be paid.",
            "Send compressed public keys and a script of a usual kind."),
        Kind(UnknownBlock, 404, "The chain has no such block",
            "The active chain has no block of this height, or none of this id is known.",
            "Check the height against /api/v1/chains."),
        Kind(UnknownTransaction, 404, "The chain has no such transaction",
            "Neither the chain nor its mempool has a transaction of this id.",
            "Check the id and the chain. It may not have been broadcast, or was replaced."),
        Kind(UnknownValuation, 404, "No trade was made under such a valuation",
            "No valuation of this id stands beside a trade.",
            "Take the id from a trade or candle."),
        Kind(BlockRejected, 422, "The block breaks a rule",
            "The chain does not take the block. The detail names the rule.",
            "docs/protocol.md lists the rules and their refusals."),
        Kind(BadEncoding, 422, "The bytes do not decode",
            "The body is not the serialized transaction, share or block that it should be.",
            "Send the bytes as they go over the wire, not as hex or JSON."),
        Kind(ChainUnavailable, 503, "The chain's node is not available",
            "The market's node of a chain does not answer or is not in step. Nothing was changed.",
            "Try again after Retry-After. Running swaps are driven by your agent from its own view of the chains."),
        Kind(Unavailable, 503, "The server cannot do this now",
            "The server is starting, stopping, overloaded, or its database does not answer. What was acknowledged before is "
            + "kept.",
            "Try again after Retry-After. An order may be sent again under the same client order id: it is never placed "
            + "twice."),
        Kind(InternalError, 500, "The server has a bug",
            "Something happened that should not. Nothing was changed, and it is logged under the trace id.",
            "Tell the operator the trace id. The same request again will most likely fail again."),
    ];

    private static readonly Dictionary<string, ProblemKind> ByCode = All.ToDictionary(kind => kind.Code, StringComparer.Ordinal);

    /// <summary>The kind of a code; null where there is no such code.</summary>
    public static ProblemKind? Find(string? code) => code is null ? null : ByCode.GetValueOrDefault(code);

    private static ProblemKind Kind(string code, int status, string title, string meaning, string advice) => new()
    {
        Code = code,
        Status = status,
        Title = title,
        Meaning = meaning,
        Advice = advice,
    };
}
