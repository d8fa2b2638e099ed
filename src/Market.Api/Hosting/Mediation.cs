using FluentValidation;
using Market.Api.Doors;
using Market.Api.Features.Orders;
using Market.Api.Features.Outpoints;
using Market.Api.Results;
using MediatR;

namespace Market.Api.Hosting;

/// <summary>Registers handlers and validators by scanning this assembly.</summary>
public static class Mediation
{
    /// <summary>Adds MediatR with every handler, every validator, and the behaviours that stand around handlers.</summary>
    public static IServiceCollection AddFeatures(this IServiceCollection services)
    {
        services.AddScoped<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddScoped<IMediator, Mediator>();
        services.AddScoped<OrderFinder>();
        services.AddScoped<OrderPlacer>();
        services.AddScoped<IOrderCalls, OrderCalls>();
        services.AddScoped<OutpointView>();
        foreach (var type in typeof(Mediation).Assembly.GetTypes().Where(t => t is { IsAbstract: false, IsClass: true }))
        {
            foreach (var face in type.GetInterfaces().Where(i => i.IsGenericType))
            {
                var shape = face.GetGenericTypeDefinition();
                if (shape == typeof(IRequestHandler<,>)) services.AddScoped(face, type);
                if (shape == typeof(IValidator<>) && !type.ContainsGenericParameters) services.AddSingleton(face, type);
            }
        }
        // The first stands outermost.
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Availability<,>));
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Validation<,>));
        return services;
    }
}

/// <summary>Runs a request's validators before its handler; what they find is a refusal.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">Its result.</typeparam>
public sealed class Validation<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse> where TResponse : IRefusable<TResponse>
{
    /// <inheritdoc/>
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return ShapeRefusals.Of(request, validators) is { } refusal ? TResponse.From(refusal) : await next();
    }
}

/// <summary>Tells what is away as a refusal, whatever was asked. What is no outage is a bug, and stays an exception.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">Its result.</typeparam>
public sealed partial class Availability<TRequest, TResponse>(ILogger<Availability<TRequest, TResponse>> log)
    : IPipelineBehavior<TRequest, TResponse> where TResponse : IRefusable<TResponse>
{
    /// <inheritdoc/>
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        try
        {
            return await next();
        }
        catch (Exception e) when (Outages.Of(e) is { } refusal)
        {
            Away(log, typeof(TRequest).Name, e.Message);
            return TResponse.From(refusal);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{request} was refused since something is away: {reason}")]
    private static partial void Away(ILogger log, string request, string reason);
}
