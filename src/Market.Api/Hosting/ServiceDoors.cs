using System.Globalization;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Features.Streams;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Hosting;

/// <summary>The gates in the way of requests, and what they say in headers.</summary>
public static class ServiceDoors
{
    /// <summary>Adds the door of this machine.</summary>
    public static IServiceCollection AddServiceDoor(this IServiceCollection services)
    {
        services.AddSingleton<ICreditStore>(provider => provider.GetRequiredService<StandingBook>());
        return services.AddSingleton(provider => new ServiceDoor(
            new Limiter(
                ServiceGates.OfThisMachine, provider.GetRequiredService<ICreditStore>(),
                provider.GetRequiredService<StandingBook>().TierOf),
            provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Stands after sign-in, since the key has the credits, and after what refuses cheaply.</summary>
    public static void UseServiceDoor(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(async (context, next) =>
        {
            if (GateMark.Of(context) is not { } kind)
            {
                await next(context);
                return;
            }
            if (!TryReadOffer(context.Request, out var offer))
            {
                await Answers.WriteAsync(context, new Refusal(ProblemCodes.MalformedRequest,
                    $"{CreditHeaders.Offer} is a whole number of credits from 0 to {CreditUnits.Most}."));
                return;
            }
            // What is spent is the account's: a key that only looks on spends nothing of it.
            if (offer > 0 && Caller.Of(context) is { } caller && ApiKeyScopes.WhyNot(caller, ApiKeyScope.Trade) is { } beyond)
            {
                await Answers.WriteAsync(context, beyond);
                return;
            }
            // A place is taken for work, and none while a body is on its way: one that waits for a slow body is none for others.
            var body = kind == GateKind.Reads ? context.Request.ContentLength ?? 0 : await WholeBody.ReadAsync(context.Request);
            await ServeAsync(context, next, kind, CallOf(context, offer, body));
        });
    }

    private static async Task ServeAsync(HttpContext context, RequestDelegate next, GateKind kind, Call call)
    {
        var door = context.RequestServices.GetRequiredService<ServiceDoor>();
        var asked = await door.EnterAsync(
            kind, call,
            kind == GateKind.Orders ? GateCalls.OrdersBeyond(context.RequestServices.GetRequiredService<InstrumentSet>()) : 0,
            context.RequestAborted);
        if (asked.State == CallState.Refused)
        {
            Show(context, asked);
            await Answers.WriteAsync(context, RefusalOf(context, asked));
            return;
        }
        try
        {
            if (HasEnded(context) is { } ended)
            {
                await Answers.WriteAsync(context, ended);
                return;
            }
            // What is left then is to write, which waits for the client: nobody else shall. Streams begin to answer at once.
            context.Response.OnStarting(() =>
            {
                door.Leave(kind, asked);
                Show(context, asked);
                return Task.CompletedTask;
            });
            await next(context);
        }
        finally
        {
            door.Leave(kind, asked);
        }
    }

    // Its session or API key may have been taken back while it waited, or while its body came.
    private static Refusal? HasEnded(HttpContext context) =>
        Caller.Of(context) is { } caller && context.RequestServices.GetRequiredService<SessionTokens>().IsOver(caller)
            ? SocketEnd.Over(caller).Refusal
            : null;

    private static Call CallOf(HttpContext context, long? offer, long body) => GateCalls.Of(
        context.RequestServices.GetRequiredService<CapTable>(), ClientAddress.Of(context), CallWeight.Of(context),
        Caller.Of(context)?.Key, offer, body);

    private static bool TryReadOffer(HttpRequest request, out long? offer)
    {
        offer = null;
        var said = request.Headers[CreditHeaders.Offer];
        if (said.Count == 0) return true;
        if (!DecimalStrings.TryParse(said.ToString(), out var units) || units > CreditUnits.Most) return false;
        offer = units;
        return true;
    }

    // Of a caller without a key nothing is to be told: it has no credits.
    private static void Show(HttpContext context, AskedCall asked)
    {
        if (asked.Asked.Key is not { } key) return;
        var headers = context.Response.Headers;
        headers[CreditHeaders.Price] = Text(asked.Price);
        headers[CreditHeaders.Paid] = Text(asked.Paid);
        headers[CreditHeaders.Left] = Text(context.RequestServices.GetRequiredService<ICreditStore>().FreeOf(key));
    }

    private static Refusal RefusalOf(HttpContext context, AskedCall asked)
    {
        context.Response.Headers.RetryAfter = Text(GateRules.LongestWait / 1_000);
        return GateCalls.RefusalOf(asked);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
