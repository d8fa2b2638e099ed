using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Market.Api.Data;

/// <summary>What "dotnet ef migrations add" makes a context with; nothing is connected to.</summary>
public sealed class DesignTime : IDesignTimeDbContextFactory<MarketDb>
{
    /// <inheritdoc/>
    public MarketDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<MarketDb>()
            .UseNpgsql("Host=127.0.0.1;Database=design", Database.Options).Options);
}
