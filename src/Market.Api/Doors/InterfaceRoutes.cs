namespace Market.Api.Doors;

/// <summary>What is the interface, and what a page.</summary>
public static class InterfaceRoutes
{
    /// <summary>Whether a request is to the interface rather than to a page.</summary>
    public static bool Has(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        // Routes are found in either case.
        return context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) ||
            context.Request.Path.StartsWithSegments("/hub", StringComparison.OrdinalIgnoreCase) ||
            context.Request.Path.StartsWithSegments("/openapi", StringComparison.OrdinalIgnoreCase);
    }
}
