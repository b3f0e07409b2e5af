export const GET = () => new Response('endpoint');
