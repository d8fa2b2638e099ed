using Market.Contracts;
using static Market.Contracts.ProblemCodes;

namespace Market.Api.Results;

/// <summary>The one place where a code becomes an HTTP status and a title.</summary>
public static class ProblemTable
{
    /// <summary>Status and title by code; every code of <see cref="All"/> has a row.</summary>
    public static IReadOnlyDictionary<string, (int Status, string Title)> Rows { get; } =
        new Dictionary<string, (int, string)>
        {
            [MalformedRequest] = (400, "The request cannot be read"),
            [ValidationFailed] = (400, "The request is outside of what is taken"),
            [RouteNotFound] = (404, "There is no such route"),
            [NotFound] = (404, "There is no such thing"),
            [MethodNotAllowed] = (405, "The route does not know this method"),
            [TooLarge] = (413, "The body is too large"),
            [TooSlow] = (408, "The body came too slowly"),
            [UnsupportedMediaType] = (415, "The body's type is not taken"),
            [RateLimited] = (429, "Too many requests"),
            [AuthenticationRequired] = (401, "Sign in first"),
            [BadSignature] = (401, "The signature does not verify"),
            [BadToken] = (401, "The token is not good"),
            [ClockSkew] = (401, "The timestamp is too far off"),
            [Replayed] = (401, "This was used before"),
            [BadChallenge] = (401, "The challenge is not good"),
            [Forbidden] = (403, "This key may not do that"),
            [UnknownInstrument] = (404, "There is no such instrument"),
            [TradingPaused] = (409, "No orders are taken now"),
            [BadPrice] = (422, "The price breaks a trading rule"),
            [BadQuantity] = (422, "The quantity breaks a trading rule"),
            [DuplicateClientOrderId] = (409, "The client order id was used with another order"),
            [UnknownOrder] = (404, "There is no such order of this account"),
            [OrderClosed] = (409, "The order is no longer open"),
            [OrderSettling] = (409, "The order is filled and final until a swap of it fails"),
            [MustWait] = (409, "Whoever let a swap fail waits"),
            [WouldTrade] = (409, "The post-only order would trade at once"),
            [TooManyOrders] = (409, "The account has too many open orders"),
            [BookFull] = (409, "The book is full"),
            [OutpointUnavailable] = (422, "An outpoint cannot stand behind the order"),
            [OutpointInUse] = (409, "An outpoint stands behind something else"),
            [OutpointNotOwned] = (422, "An outpoint's key did not sign"),
            [InsufficientOutpoints] = (422, "The outpoints hold too little"),
            [UnknownSwap] = (404, "There is no such swap"),
            [NotAParty] = (403, "The key is not a party to the swap"),
            [WrongSwapState] = (409, "The swap's state does not take this"),
            [KeysAlreadyGiven] = (409, "Other keys were given before"),
            [ReusedSecret] = (409, "A hash, key or script was used before"),
            [BadKey] = (422, "A key or script is not usable"),
            [UnknownBlock] = (404, "The chain has no such block"),
            [UnknownTransaction] = (404, "The chain has no such transaction"),
            [UnknownValuation] = (404, "No trade was made under such a valuation"),
            [BlockRejected] = (422, "The block breaks a rule"),
            [BadEncoding] = (422, "The bytes do not decode"),
            [ChainUnavailable] = (503, "The chain's node is not available"),
            [Unavailable] = (503, "The server cannot do this now"),
            [InternalError] = (500, "The server has a bug"),
        };

    /// <summary>The HTTP status of a code.</summary>
    public static int StatusOf(string code) => Rows[code].Status;

    /// <summary>The problem document of a refusal.</summary>
    public static Problem Document(Refusal refusal, string? instance = null, string? traceId = null)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var (status, title) = Rows[refusal.Code];
        return new Problem
        {
            Type = $"/problems/{refusal.Code}",
            Title = title,
            Status = status,
            Code = refusal.Code,
            Detail = refusal.Detail,
            Instance = instance,
            TraceId = traceId,
            Errors = refusal.Errors,
            RetryAt = refusal.RetryAt,
        };
    }
}
