using System.Reflection;
using Market.Api.Tests.Host;
using MediatR;
using Microsoft.AspNetCore.Routing;

namespace Market.Api.Tests.Interface;

/// <summary>Every operation of the interface is a request that goes through the one pipeline.</summary>
public sealed class PipelineTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    // The opening of a socket asks for nothing: what is asked over it is asked as over the hub, which is no operation either.
    private const string Socket = "openSocket";

    [Fact]
    public void Every_operation_is_sent_through_the_mediator()
    {
        var operations = fixture.Host.Get<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null).ToList();

        Assert.NotEmpty(operations);
        Assert.Equal([], operations
            .Where(endpoint => endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName != Socket)
            .Where(endpoint => !endpoint.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters()
                .Any(parameter => parameter.ParameterType == typeof(IMediator)))
            .Select(endpoint => endpoint.DisplayName));
    }
}
