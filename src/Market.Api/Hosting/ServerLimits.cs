using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Market.Api.Hosting.Connections;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Market.Api.Hosting;

/// <summary>The bounds of the server, each with its name.</summary>
public static class ServerLimits
{
    /// <summary>Bytes of a request's body.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Bytes of a submitted block.</summary>
    public const int MaxBlockBytes = 4 * 1024 * 1024;

    /// <summary>Items on a page.</summary>
    public const int MaxPageSize = 500;

    /// <summary>Items on a page when nothing is asked.</summary>
    public const int DefaultPageSize = 100;

    /// <summary>Levels of a snapshot's side.</summary>
    public const int MaxBookDepth = 1000;

    /// <summary>Seconds of the window in which requests are counted.</summary>
    public const int WindowSeconds = 10;

    /// <summary>Requests that one address may make in a window.</summary>
    public const int RequestsPerWindow = 600;

    /// <summary>The same from this machine, where demo miners and bots all share one address.</summary>
    public const int LoopbackRequestsPerWindow = 200_000;

    /// <summary>Lets marked routes take a whole block.</summary>
    public static void UseBodyLimits(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (context.GetEndpoint()?.Metadata.GetMetadata<LargeBody>() is null) return next(context);
        if (size is { IsReadOnly: false }) size.MaxRequestBodySize = MaxBlockBytes;
        var times = context.RequestServices.GetRequiredService<ConnectionTimes>();
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = ConnectionSetup.BodyRate(MaxBlockBytes, times.Block, times);
        return next(context);
    });

    /// <summary>Counts requests by address; announces what is left in RateLimit headers.</summary>
    public static IServiceCollection AddRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<RequestCounter>();
        return services;
    }

    /// <summary>Refuses who asks too much, with Retry-After.</summary>
    public static void UseRateLimits(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var counter = context.RequestServices.GetRequiredService<RequestCounter>();
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var limit = IPAddress.IsLoopback(address) ? LoopbackRequestsPerWindow : RequestsPerWindow;
        using var lease = counter.Limiter.AttemptAcquire(address);
        var left = counter.Limiter.GetStatistics(address)?.CurrentAvailablePermits ?? 0;
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(
            CultureInfo.InvariantCulture, $"\"address\";q={limit};w={WindowSeconds}");
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture, $"\"address\";r={left};t={WindowSeconds}");
        if (lease.IsAcquired)
        {
            await next(context);
            return;
        }
        headers.RetryAfter = WindowSeconds.ToString(CultureInfo.InvariantCulture);
        await Answers.WriteAsync(context, new Refusal(ProblemCodes.RateLimited,
            $"At most {limit} requests in {WindowSeconds} s."));
    });

    /// <summary>Counts the requests of each address; addresses that fall silent are forgotten.</summary>
    public sealed class RequestCounter : IDisposable
    {
        internal PartitionedRateLimiter<IPAddress> Limiter { get; } =
            PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
                RateLimitPartition.GetSlidingWindowLimiter(address, a => new SlidingWindowRateLimiterOptions
                {
                    PermitLimit = IPAddress.IsLoopback(a) ? LoopbackRequestsPerWindow : RequestsPerWindow,
                    Window = TimeSpan.FromSeconds(WindowSeconds), SegmentsPerWindow = WindowSeconds, QueueLimit = 0,
                }));

        /// <inheritdoc/>
        public void Dispose() => Limiter.Dispose();
    }
}

/// <summary>Mark of routes whose body may be a whole block.</summary>
public sealed class LargeBody;
