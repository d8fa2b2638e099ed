namespace Market.Contracts;

/// <summary>The closed set of codes with which the market refuses. A code never changes its meaning.</summary>
public static class ProblemCodes
{
    // -- the request itself --

    /// <summary>400: the body is not JSON, too deep, or has unknown, duplicate or missing members.</summary>
    public const string MalformedRequest = "malformedRequest";

    /// <summary>400: members are well formed JSON but outside of what they may be; see errors.</summary>
    public const string ValidationFailed = "validationFailed";

    /// <summary>400: the Host header names none of the market's own names.</summary>
    public const string UnknownHost = "unknownHost";

    /// <summary>404: no such route.</summary>
    public const string RouteNotFound = "routeNotFound";

    /// <summary>404: the route is known, the thing asked for is not.</summary>
    public const string NotFound = "notFound";

    /// <summary>405: the route does not know this method.</summary>
    public const string MethodNotAllowed = "methodNotAllowed";

    /// <summary>413: the body is larger than the limit.</summary>
    public const string TooLarge = "tooLarge";

    /// <summary>408: the body came too slowly.</summary>
    public const string TooSlow = "tooSlow";

    /// <summary>414: path and query are longer than is read.</summary>
    public const string UriTooLong = "uriTooLong";

    /// <summary>415: the body's content type is not application/json.</summary>
    public const string UnsupportedMediaType = "unsupportedMediaType";

    /// <summary>429: too many requests; Retry-After says when to come back.</summary>
    public const string RateLimited = "rateLimited";

    /// <summary>429: the market has more to do than it can, and others go first; price is what the call costs.</summary>
    public const string Busy = "busy";

    /// <summary>431: the headers have more bytes together than are read.</summary>
    public const string HeadersTooLarge = "headersTooLarge";

    // -- who asks --

    /// <summary>401: the route needs a session token or a signed request.</summary>
    public const string AuthenticationRequired = "authenticationRequired";

    /// <summary>401: a signature does not verify under the key it names.</summary>
    public const string BadSignature = "badSignature";

    /// <summary>401: the token is unknown, altered or past its time.</summary>
    public const string BadToken = "badToken";

    /// <summary>401: the API key is unknown, was revoked, or is past its time.</summary>
    public const string BadApiKey = "badApiKey";

    /// <summary>401: the request's timestamp is more than 30 s from the server's clock.</summary>
    public const string ClockSkew = "clockSkew";

    /// <summary>401: this signed request or challenge was used before.</summary>
    public const string Replayed = "replayed";

    /// <summary>401: the challenge is unknown or past its time.</summary>
    public const string BadChallenge = "badChallenge";

    /// <summary>403: the key may not do this.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>403: the API key has no scope that gives this, or none does.</summary>
    public const string ScopeMissing = "scopeMissing";

    /// <summary>409: the account has as many API keys as it may.</summary>
    public const string TooManyApiKeys = "tooManyApiKeys";

    // -- orders --

    /// <summary>404: no such instrument.</summary>
    public const string UnknownInstrument = "unknownInstrument";

    /// <summary>409: the instrument takes no orders now; the detail says why.</summary>
    public const string TradingPaused = "tradingPaused";

    /// <summary>422: the price is not a positive multiple of the tick size, or outside of the price limits.</summary>
    public const string BadPrice = "badPrice";

    /// <summary>422: the quantity is not a multiple of the lot size, or outside of the quantity limits.</summary>
    public const string BadQuantity = "badQuantity";

    /// <summary>422: the order expires before it could stand.</summary>
    public const string BadExpiry = "badExpiry";

    /// <summary>409: the order is priced by face value, and nothing is said of that now.</summary>
    public const string NoFaceValue = "noFaceValue";

    /// <summary>409: the client order id was used with another body.</summary>
    public const string DuplicateClientOrderId = "duplicateClientOrderId";

    /// <summary>404: the account has no such order.</summary>
    public const string UnknownOrder = "unknownOrder";

    /// <summary>409: the order is no longer open.</summary>
    public const string OrderClosed = "orderClosed";

    /// <summary>409: the order is filled and its swaps run: it is final until one of them fails.</summary>
    public const string OrderSettling = "orderSettling";

    /// <summary>409: the account let a swap fail and takes nothing until retryAt, or a coin let one fail and stands behind no order
    /// until then.</summary>
    public const string MustWait = "mustWait";

    /// <summary>409: a post-only order would have traded at once.</summary>
    public const string WouldTrade = "wouldTrade";

    /// <summary>409: the account has as many open orders as it may.</summary>
    public const string TooManyOrders = "tooManyOrders";

    /// <summary>409: the key has not so many credits free.</summary>
    public const string InsufficientCredits = "insufficientCredits";

    /// <summary>409: the key's tier does not give so much: the order is too large for it, or it takes too fast.</summary>
    public const string TierTooLow = "tierTooLow";

    /// <summary>409: the book has as many open orders as it may.</summary>
    public const string BookFull = "bookFull";

    /// <summary>422: an outpoint is unknown on its chain, spent, or not mature.</summary>
    public const string OutpointUnavailable = "outpointUnavailable";

    /// <summary>409: an outpoint stands behind another open order or a running swap.</summary>
    public const string OutpointInUse = "outpointInUse";

    /// <summary>422: the key given for an outpoint is not the one its script names, or its signature is wrong.</summary>
    public const string OutpointNotOwned = "outpointNotOwned";

    /// <summary>422: the outpoints hold less than the order needs, fees included.</summary>
    public const string InsufficientOutpoints = "insufficientOutpoints";

    /// <summary>409: the account has proved as many outpoints as it may.</summary>
    public const string TooManyOutpoints = "tooManyOutpoints";

    /// <summary>422: an outpoint's shares are of another expiry series than the instrument's.</summary>
    public const string OutpointOfOtherSeries = "outpointOfOtherSeries";

    /// <summary>409: a swap of so much would take longer than the oldest shares of the series live for certain.</summary>
    public const string TooLargeForSeries = "tooLargeForSeries";

    // -- standing --

    /// <summary>422: a proof of work or of coins does not hold; the detail says why.</summary>
    public const string BadProof = "badProof";

    /// <summary>409: a proof counts already, once for all or for another account.</summary>
    public const string ProofUsed = "proofUsed";

    // -- swaps --

    /// <summary>404: no such swap.</summary>
    public const string UnknownSwap = "unknownSwap";

    /// <summary>403: the key is not a party to this swap, or not in this role.</summary>
    public const string NotAParty = "notAParty";

    /// <summary>409: the swap's state does not take this any more (or not yet).</summary>
    public const string WrongSwapState = "wrongSwapState";

    /// <summary>409: other keys were given before.</summary>
    public const string KeysAlreadyGiven = "keysAlreadyGiven";

    /// <summary>409: a payment hash, key or script was used before, in this swap or in history.</summary>
    public const string ReusedSecret = "reusedSecret";

    /// <summary>422: a key is not a point of the curve, or a script is not one that may be paid.</summary>
    public const string BadKey = "badKey";

    // -- chains --

    /// <summary>404: the chain has no such block.</summary>
    public const string UnknownBlock = "unknownBlock";

    /// <summary>404: neither the chain nor its mempool has such a transaction.</summary>
    public const string UnknownTransaction = "unknownTransaction";

    /// <summary>404: no trade was made under such a valuation.</summary>
    public const string UnknownValuation = "unknownValuation";

    /// <summary>422: the block breaks a consensus rule; the detail names it.</summary>
    public const string BlockRejected = "blockRejected";

    /// <summary>422: bytes do not decode into what they should be.</summary>
    public const string BadEncoding = "badEncoding";

    /// <summary>503: the chain's node cannot be reached or is not in sync.</summary>
    public const string ChainUnavailable = "chainUnavailable";

    // -- the server --

    /// <summary>503: the server is starting, stopping or overloaded; try again after Retry-After.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>500: a bug. Nothing was changed.</summary>
    public const string InternalError = "internalError";

    /// <summary>All codes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        MalformedRequest, ValidationFailed, UnknownHost, RouteNotFound, NotFound, MethodNotAllowed, TooLarge, TooSlow, UriTooLong,
        UnsupportedMediaType, RateLimited, Busy, HeadersTooLarge, AuthenticationRequired, BadSignature, BadToken, BadApiKey,
        ClockSkew, Replayed, BadChallenge, Forbidden, ScopeMissing, TooManyApiKeys, UnknownInstrument, TradingPaused, BadPrice,
        BadQuantity, BadExpiry, NoFaceValue, DuplicateClientOrderId, UnknownOrder, OrderClosed, OrderSettling, MustWait,
        WouldTrade, TooManyOrders, TierTooLow, InsufficientCredits, BookFull, OutpointUnavailable, OutpointInUse,
        OutpointNotOwned, InsufficientOutpoints, TooManyOutpoints, OutpointOfOtherSeries, TooLargeForSeries, BadProof, ProofUsed,
        UnknownSwap,
        NotAParty, WrongSwapState, KeysAlreadyGiven, ReusedSecret, BadKey, UnknownBlock, UnknownTransaction, UnknownValuation,
        BlockRejected, BadEncoding, ChainUnavailable, Unavailable, InternalError,
    ];
}
