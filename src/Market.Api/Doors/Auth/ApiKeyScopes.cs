using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Auth;

/// <summary>What each scope of an API key gives: one table, looked at in one place before the route runs. What has no row in it is
/// given by no scope, unless it is a read that knows no account: that anybody may ask for.</summary>
public static class ApiKeyScopes
{
    /// <summary>The scope that a route asks for, by method and pattern.</summary>
    public static IReadOnlyDictionary<(string Method, string Route), ApiKeyScope> OfRoutes { get; } =
        new Dictionary<(string, string), ApiKeyScope>
        {
            [("GET", Routes.Account)] = ApiKeyScope.Read,
            [("GET", Routes.Standing)] = ApiKeyScope.Read,
            [("GET", Routes.Orders)] = ApiKeyScope.Read,
            [("GET", Routes.Order)] = ApiKeyScope.Read,
            [("GET", Routes.Fills)] = ApiKeyScope.Read,
            [("GET", Routes.Outpoints)] = ApiKeyScope.Read,
            [("GET", Routes.Balances)] = ApiKeyScope.Read,
            [("GET", Routes.Swaps)] = ApiKeyScope.Read,
            [("GET", Routes.Swap)] = ApiKeyScope.Read,
            [("GET", Routes.Refusals)] = ApiKeyScope.Read,
            // To cancel orders when they end asks for trade, too.
            [("GET", Contracts.Streams.SsePath)] = ApiKeyScope.Read,
            [("GET", Contracts.Streams.SocketPath)] = ApiKeyScope.Read,
            [("CONNECT", Contracts.Streams.SocketPath)] = ApiKeyScope.Read,

            [("POST", Routes.Orders)] = ApiKeyScope.Trade,
            [("POST", Routes.OrderBatch)] = ApiKeyScope.Trade,
            [("PATCH", Routes.Order)] = ApiKeyScope.Trade,
            [("DELETE", Routes.Order)] = ApiKeyScope.Trade,
            [("DELETE", Routes.OrderBatch)] = ApiKeyScope.Trade,
            [("POST", Routes.CancelAll)] = ApiKeyScope.Trade,
            [("PUT", Routes.DeadMan)] = ApiKeyScope.Trade,
            [("POST", Routes.Outpoints)] = ApiKeyScope.Trade,
            [("DELETE", Routes.Outpoint)] = ApiKeyScope.Trade,

            [("POST", Routes.SwapKeys)] = ApiKeyScope.Swap,
            [("POST", Routes.SwapDecline)] = ApiKeyScope.Swap,
        };

    /// <summary>The scope that a hub's method asks for; null where it says itself who calls.</summary>
    public static IReadOnlyDictionary<string, ApiKeyScope?> OfHub { get; } = new Dictionary<string, ApiKeyScope?>
    {
        [Contracts.Streams.SignInMethod] = null,
        [Contracts.Streams.ApiKeySignInMethod] = null,
        [Contracts.Streams.SubscribeMethod] = ApiKeyScope.Read,
        [Contracts.Streams.UnsubscribeMethod] = ApiKeyScope.Read,
        [Contracts.Streams.ResumeMethod] = ApiKeyScope.Read,
        [Contracts.Streams.CancelOnDisconnectMethod] = ApiKeyScope.Trade,
        [Contracts.Streams.PlaceOrderMethod] = ApiKeyScope.Trade,
        [Contracts.Streams.PlaceOrdersMethod] = ApiKeyScope.Trade,
        [Contracts.Streams.AmendOrderMethod] = ApiKeyScope.Trade,
        [Contracts.Streams.CancelOrderMethod] = ApiKeyScope.Trade,
        [Contracts.Streams.CancelOrdersMethod] = ApiKeyScope.Trade,
        [Contracts.Streams.CancelAllOrdersMethod] = ApiKeyScope.Trade,
    };

    private static Refusal Never { get; } = new(
        ProblemCodes.ScopeMissing, "No scope gives this to an API key: ask with the account's own key.");

    /// <summary>Why a caller may not do what its request asks for; null where it may. Who asks with the account's own key may all.
    /// </summary>
    public static Refusal? WhyNot(HttpContext context, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.ApiKey is null || context.GetEndpoint() is not RouteEndpoint endpoint) return null;
        var method = HttpMethods.IsHead(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
        if (OfRoutes.TryGetValue((method, endpoint.RoutePattern.RawText ?? ""), out var scope)) return WhyNot(caller, scope);
        return method == HttpMethods.Get && endpoint.Metadata.GetMetadata<RequiresAccount>() is null
            && endpoint.Metadata.GetMetadata<KnowsAccount>() is null
                ? null
                : Never;
    }

    /// <summary>Why a caller may not call a method of the hub; null where it may.</summary>
    public static Refusal? WhyNotCall(Caller caller, string method)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.ApiKey is null) return null;
        if (!OfHub.TryGetValue(method, out var scope)) return Never;
        return scope is { } needed ? WhyNot(caller, needed) : null;
    }

    /// <summary>Why a caller may not do what a scope gives; null where it may.</summary>
    public static Refusal? WhyNot(Caller caller, ApiKeyScope scope)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.ApiKey is not { } key || key.Has(scope)
            ? null
            : new Refusal(ProblemCodes.ScopeMissing, $"This asks for the scope {WireEnum.Name(scope)}, which the API key has not.");
    }
}
